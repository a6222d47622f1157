import { Module } from '@nestjs/common';
import { EmployeeImport } from './employee.import.js';
import { EmployeeLookup } from './employee.lookup.js';
import { EmployeeRepository } from './employee.repository.js';
import { EmployeeService } from './employee.service.js';
import { EmployeeWrites } from './employee.writes.js';
import { EmployeesController } from './employees.controller.js';

@Module({
  controllers: [EmployeesController],
  providers: [EmployeeRepository, EmployeeService, EmployeeLookup, EmployeeWrites, EmployeeImport],
  exports: [EmployeeService, EmployeeLookup, EmployeeWrites, EmployeeImport],
})
export class EmployeesModule {}
