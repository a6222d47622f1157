import { Body, Controller, Delete, Get, Param, Post, Put, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { EmployeeService } from '../../../employees/employee.service.js';
import { RequirePermission } from '../../../access/access.decorators.js';
import type { RequestContext } from '../../../access/context.js';
import {
  type NewOlderEmployee,
  newOlderEmployee,
  type WholeOlderEmployee,
  wholeOlderEmployee,
} from './employee.input.js';
import { olderEmployee, olderEmployeeOf } from './employee.shape.js';
import { message, olderMessage } from './message.shape.js';
import { Older, OlderContext, TicketServer } from './older.decorators.js';
import { OlderLists } from './older.lists.js';
import { olderId, type OlderPage, olderPage } from './parameters.js';

@TicketServer()
@Controller('employee')
export class TicketServerEmployeeController {
  constructor(
    private readonly employees: EmployeeService,
    private readonly lists: OlderLists,
  ) {}

  @Post()
  @RequirePermission('employee:create')
  @Older('Create an employee', olderEmployee)
  async create(
    @OlderContext() context: RequestContext,
    @Body({ schema: newOlderEmployee }) input: NewOlderEmployee,
  ) {
    return olderEmployeeOf(await this.employees.create(context, input), []);
  }

  @Get()
  @RequirePermission('employee:read')
  @Older('List employees with their tickets', z.array(olderEmployee))
  list(
    @OlderContext() { principal }: RequestContext,
    @Query({ schema: olderPage }) page: OlderPage,
    @Res() reply: FastifyReply,
  ) {
    return this.lists.employees(reply, principal, page);
  }

  @Get(':id')
  @RequirePermission('employee:read')
  @Older('Read an employee with their tickets', olderEmployee)
  async read(
    @OlderContext() { principal }: RequestContext,
    @Param('id', { schema: olderId }) id: number,
    @Res() reply: FastifyReply,
  ) {
    await this.lists.employee(reply, principal, await this.employees.read(principal, id));
  }

  @Put(':id')
  @RequirePermission('employee:update')
  @Older('Change an employee as a whole', olderEmployee)
  async replace(
    @OlderContext() context: RequestContext,
    @Param('id', { schema: olderId }) id: number,
    @Body({ schema: wholeOlderEmployee }) input: WholeOlderEmployee,
    @Res() reply: FastifyReply,
  ) {
    await this.lists.employee(reply, context.principal, await this.employees.patch(context, id, input));
  }

  @Delete(':id')
  @RequirePermission('employee:delete')
  @Older('Delete an employee who has no tickets', olderMessage)
  async remove(@OlderContext() context: RequestContext, @Param('id', { schema: olderId }) id: number) {
    await this.employees.remove(context, id);
    return message('Employee deleted successfully');
  }
}
