import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../access/access.decorators.js';
import { Context, type RequestContext } from '../access/context.js';
import { Refuses } from '../platform/openapi/refuses.decorator.js';
import { Returns, ReturnsNothing } from '../platform/openapi/returns.decorator.js';
import {
  employeeId,
  employeePage,
  type EmployeePatch,
  employeePatchSchema,
  employeeQuery,
  type EmployeeQuery,
  employeeSchema,
  type NewEmployee,
  newEmployeeSchema,
} from './employee.schemas.js';
import { EmployeeService } from './employee.service.js';

@ApiTags('employees')
@Controller('employees')
export class EmployeesController {
  constructor(private readonly employees: EmployeeService) {}

  @Post()
  @RequirePermission('employee:create')
  @ApiOperation({ summary: 'Create an employee' })
  @Returns(201, employeeSchema, 'The new employee.')
  @Refuses({ 409: ['email_taken', 'phone_taken'] })
  create(@Context() context: RequestContext, @Body({ schema: newEmployeeSchema }) input: NewEmployee) {
    return this.employees.create(context, input);
  }

  @Get()
  @RequirePermission('employee:read')
  @ApiOperation({ summary: 'List employees' })
  @Returns(200, employeePage, 'A page of employees.')
  list(@Context() { principal }: RequestContext, @Query({ schema: employeeQuery }) query: EmployeeQuery) {
    return this.employees.list(principal, query);
  }

  @Get(':id')
  @RequirePermission('employee:read')
  @ApiOperation({ summary: 'Read an employee' })
  @Returns(200, employeeSchema, 'The employee.')
  read(@Context() { principal }: RequestContext, @Param('id', { schema: employeeId }) id: number) {
    return this.employees.read(principal, id);
  }

  @Patch(':id')
  @RequirePermission('employee:update')
  @ApiOperation({
    summary: 'Change an employee',
    description: 'JSON Merge Patch: only what is named changes, null empties a field.',
  })
  @Returns(200, employeeSchema, 'The employee as changed.')
  @Refuses({ 409: ['email_taken', 'phone_taken'] })
  patch(
    @Context() context: RequestContext,
    @Param('id', { schema: employeeId }) id: number,
    @Body({ schema: employeePatchSchema }) patch: EmployeePatch,
  ) {
    return this.employees.patch(context, id, patch);
  }

  @Delete(':id')
  @RequirePermission('employee:delete')
  @ApiOperation({ summary: 'Delete an employee who has no tickets' })
  @ReturnsNothing('The employee is gone.')
  @Refuses({ 409: ['in_use'] })
  remove(@Context() context: RequestContext, @Param('id', { schema: employeeId }) id: number) {
    return this.employees.remove(context, id);
  }
}
