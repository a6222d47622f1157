import { Module } from '@nestjs/common';
import { EmployeeBulkRepository } from './employee.bulk.repository.js';
import { EmployeeDirectory } from './employee.directory.js';
import { EmployeeImport } from './employee.import.js';
import { EmployeeRepository } from './employee.repository.js';
import { EmployeeService } from './employee.service.js';
import { EmployeeTakeover } from './employee.takeover.js';
import { EmployeesController } from './employees.controller.js';

@Module({
  controllers: [EmployeesController],
  providers: [
    EmployeeRepository,
    EmployeeService,
    EmployeeBulkRepository,
    EmployeeDirectory,
    EmployeeImport,
    EmployeeTakeover,
  ],
  exports: [EmployeeService, EmployeeDirectory, EmployeeImport, EmployeeTakeover],
})
export class EmployeesModule {}
