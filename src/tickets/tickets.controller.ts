import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../access/access.decorators.js';
import { Context, type RequestContext } from '../access/context.js';
import { Refuses } from '../platform/openapi/refuses.decorator.js';
import { Returns, ReturnsNothing } from '../platform/openapi/returns.decorator.js';
import {
  historyPage,
  historyQuery,
  type NewTicket,
  newTicketSchema,
  ticketId,
  ticketPage,
  type TicketPatch,
  ticketPatchSchema,
  ticketQuery,
  type TicketQuery,
  ticketSchema,
  ticketsOfEmployeeId,
  ticketsOfEmployeeQuery,
} from './ticket.schemas.js';
import { TicketService } from './ticket.service.js';

/** Which tickets somebody sees depends on which of these they have. */
const SEES = ['ticket:read', 'ticket:read_own'] as const;

@ApiTags('tickets')
@Controller()
export class TicketsController {
  constructor(private readonly tickets: TicketService) {}

  @Post('tickets')
  @RequirePermission('ticket:create')
  @ApiOperation({
    summary: 'Open a ticket',
    description:
      'You become its `created_by`; it starts in the first status of the workflow. The example names employee 1: 422 while there is none.',
  })
  @Returns(201, ticketSchema, 'The new ticket.')
  create(@Context() context: RequestContext, @Body({ schema: newTicketSchema }) input: NewTicket) {
    return this.tickets.create(context, input);
  }

  @Get('tickets')
  @RequirePermission(SEES)
  @ApiOperation({ summary: 'List tickets' })
  @Returns(200, ticketPage, 'A page of tickets.')
  list(@Context() { principal }: RequestContext, @Query({ schema: ticketQuery }) query: TicketQuery) {
    return this.tickets.list(principal, query);
  }

  @Get('tickets/:id')
  @RequirePermission(SEES)
  @ApiOperation({ summary: 'Read a ticket' })
  @Returns(200, ticketSchema, 'The ticket.')
  read(@Context() { principal }: RequestContext, @Param('id', { schema: ticketId }) id: number) {
    return this.tickets.read(principal, id);
  }

  @Patch('tickets/:id')
  @RequirePermission('ticket:update')
  @ApiOperation({
    summary: 'Change a ticket',
    description: 'JSON Merge Patch. A status that may not follow is 409 and lists those that may.',
  })
  @Returns(200, ticketSchema, 'The ticket as changed.')
  @Refuses({ 409: ['transition_refused'] })
  patch(
    @Context() context: RequestContext,
    @Param('id', { schema: ticketId }) id: number,
    @Body({ schema: ticketPatchSchema }) patch: TicketPatch,
  ) {
    return this.tickets.patch(context, id, patch);
  }

  @Delete('tickets/:id')
  @RequirePermission('ticket:delete')
  @ApiOperation({ summary: 'Delete a ticket' })
  @ReturnsNothing('The ticket is gone; the audit keeps what it was.')
  remove(@Context() context: RequestContext, @Param('id', { schema: ticketId }) id: number) {
    return this.tickets.remove(context, id);
  }

  @Get('tickets/:id/history')
  @RequirePermission(SEES)
  @ApiOperation({ summary: 'List what happened to a ticket, newest first' })
  @Returns(200, historyPage, 'A page of changes.')
  history(
    @Context() { principal }: RequestContext,
    @Param('id', { schema: ticketId }) id: number,
    @Query({ schema: historyQuery }) query: { limit: number; cursor?: string },
  ) {
    return this.tickets.history(principal, id, query);
  }

  @Get('employees/:id/tickets')
  @RequirePermission(SEES)
  @ApiOperation({ summary: 'List the tickets of an employee' })
  @Returns(200, ticketPage, 'A page of tickets.')
  listOfEmployee(
    @Context() { principal }: RequestContext,
    @Param('id', { schema: ticketsOfEmployeeId }) id: number,
    @Query({ schema: ticketsOfEmployeeQuery }) query: TicketQuery,
  ) {
    return this.tickets.listOfEmployee(principal, id, query);
  }
}
