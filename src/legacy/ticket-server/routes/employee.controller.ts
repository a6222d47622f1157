import { Body, Controller, Delete, Get, Param, Post, Put, Query } from '@nestjs/common';
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
import { olderEmployee } from './employee.shape.js';
import { EmployeesWithTickets } from './employees.with-tickets.js';
import { message, olderMessage } from './message.shape.js';
import { Older, OlderContext, TicketServer } from './older.decorators.js';
import { olderId, type OlderPage, olderPage } from './parameters.js';
import { TicketServerRepository } from './ticket-server.repository.js';

@TicketServer()
@Controller('employee')
export class TicketServerEmployeeController {
  constructor(
    private readonly employees: EmployeeService,
    private readonly repository: TicketServerRepository,
    private readonly withTickets: EmployeesWithTickets,
  ) {}

  @Post()
  @RequirePermission('employee:create')
  @Older('Create an employee', olderEmployee)
  async create(
    @OlderContext() context: RequestContext,
    @Body({ schema: newOlderEmployee }) input: NewOlderEmployee,
  ) {
    return this.withTickets.showOne(context.actor, await this.employees.create(context, input));
  }

  @Get()
  @RequirePermission('employee:read')
  @Older('List employees with their tickets', z.array(olderEmployee))
  async list(@OlderContext() { actor }: RequestContext, @Query({ schema: olderPage }) page: OlderPage) {
    return this.withTickets.show(actor, await this.repository.employees(page));
  }

  @Get(':id')
  @RequirePermission('employee:read')
  @Older('Read an employee with their tickets', olderEmployee)
  async read(@OlderContext() { actor }: RequestContext, @Param('id', { schema: olderId }) id: number) {
    return this.withTickets.showOne(actor, await this.employees.read(id));
  }

  @Put(':id')
  @RequirePermission('employee:update')
  @Older('Change an employee as a whole', olderEmployee)
  async replace(
    @OlderContext() context: RequestContext,
    @Param('id', { schema: olderId }) id: number,
    @Body({ schema: wholeOlderEmployee }) input: WholeOlderEmployee,
  ) {
    return this.withTickets.showOne(context.actor, await this.employees.patch(context, id, input));
  }

  @Delete(':id')
  @RequirePermission('employee:delete')
  @Older('Delete an employee who has no tickets', olderMessage)
  async remove(@OlderContext() context: RequestContext, @Param('id', { schema: olderId }) id: number) {
    await this.employees.remove(context, id);
    return message('Employee deleted successfully');
  }
}
