import { Body, Controller, Delete, Get, Param, Post, Put, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { EmployeeService } from '../../../employees/employee.service.js';
import { RequirePermission } from '../../../access/access.decorators.js';
import type { RequestContext } from '../../../access/context.js';
import {
  type NewLegacyEmployee,
  newLegacyEmployee,
  type WholeLegacyEmployee,
  wholeLegacyEmployee,
} from './employee.input.js';
import { legacyEmployee, legacyEmployeeOf } from './employee.shape.js';
import { message, legacyMessage } from './message.shape.js';
import { Legacy, LegacyContext, TicketServer } from './legacy.decorators.js';
import { LegacyLists } from './legacy.lists.js';
import { legacyId, type LegacyPage, legacyPage } from './parameters.js';

@TicketServer()
@Controller('employee')
export class TicketServerEmployeeController {
  constructor(
    private readonly employees: EmployeeService,
    private readonly lists: LegacyLists,
  ) {}

  @Post()
  @RequirePermission('employee:create')
  @Legacy('Create an employee', legacyEmployee)
  async create(
    @LegacyContext() context: RequestContext,
    @Body({ schema: newLegacyEmployee }) input: NewLegacyEmployee,
  ) {
    return legacyEmployeeOf(await this.employees.create(context, input), []);
  }

  @Get()
  @RequirePermission('employee:read')
  @Legacy('List employees with their tickets', z.array(legacyEmployee))
  list(
    @LegacyContext() { principal }: RequestContext,
    @Query({ schema: legacyPage }) page: LegacyPage,
    @Res() reply: FastifyReply,
  ) {
    return this.lists.employees(reply, principal, page);
  }

  @Get(':id')
  @RequirePermission('employee:read')
  @Legacy('Read an employee with their tickets', legacyEmployee)
  async read(
    @LegacyContext() { principal }: RequestContext,
    @Param('id', { schema: legacyId }) id: number,
    @Res() reply: FastifyReply,
  ) {
    await this.lists.employee(reply, principal, await this.employees.read(principal, id));
  }

  @Put(':id')
  @RequirePermission('employee:update')
  @Legacy('Change an employee as a whole', legacyEmployee)
  async replace(
    @LegacyContext() context: RequestContext,
    @Param('id', { schema: legacyId }) id: number,
    @Body({ schema: wholeLegacyEmployee }) input: WholeLegacyEmployee,
    @Res() reply: FastifyReply,
  ) {
    await this.lists.employee(reply, context.principal, await this.employees.patch(context, id, input));
  }

  @Delete(':id')
  @RequirePermission('employee:delete')
  @Legacy('Delete an employee who has no tickets', legacyMessage)
  async remove(@LegacyContext() context: RequestContext, @Param('id', { schema: legacyId }) id: number) {
    await this.employees.remove(context, id);
    return message('Employee deleted successfully');
  }
}
