import { Module } from '@nestjs/common';
import { EmployeeBulkRepository } from './employee.bulk.repository.js';
import { EmployeeDirectory } from './employee.directory.js';
import { EmployeeImport } from './employee.import.js';
import { EmployeeRepository } from './employee.repository.js';
import { EmployeeService } from './employee.service.js';
import { EmployeeDataMigration } from './employee.takeover.js';
import { EmployeesController } from './employees.controller.js';

@Module({
  controllers: [EmployeesController],
  providers: [
    EmployeeRepository,
    EmployeeService,
    EmployeeBulkRepository,
    EmployeeDirectory,
    EmployeeImport,
    EmployeeDataMigration,
  ],
  exports: [EmployeeService, EmployeeDirectory, EmployeeImport, EmployeeDataMigration],
})
export class EmployeesModule {}
