import { Body, Controller, Delete, Get, Param, Post, Put, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { RequirePermission } from '../../../access/access.decorators.js';
import { asUser } from '../../../access/rights.js';
import type { RequestContext } from '../../../access/context.js';
import { TicketService } from '../../../tickets/ticket.service.js';
import { settings } from '../../../platform/settings/settings.js';
import { message, olderMessage } from './message.shape.js';
import { Older, OlderContext, TicketServer } from './older.decorators.js';
import { OlderLists } from './older.lists.js';
import { olderId, type OlderPage, olderPage } from './parameters.js';
import {
  type NewOlderTicket,
  newOlderTicket,
  type WholeOlderTicket,
  wholeOlderTicket,
} from './ticket.input.js';
import { olderTicket, olderTicketOf } from './ticket.shape.js';

/** What the ticket server knew nothing of. */
const unknownThen = () => ({
  priority: settings.current.workflow.default_priority,
  assignee_id: null,
  space_id: null,
  due_at: null,
});

const SEES = ['ticket:read', 'ticket:read_own'] as const;

@TicketServer()
@Controller('ticket')
export class TicketServerTicketController {
  constructor(
    private readonly tickets: TicketService,
    private readonly lists: OlderLists,
  ) {}

  @Post(':employee_id')
  @RequirePermission('ticket:create')
  @Older('Open a ticket for an employee', olderTicket)
  async create(
    @OlderContext() context: RequestContext,
    @Param('employee_id', { schema: olderId }) employee_id: number,
    @Body({ schema: newOlderTicket }) { status, ...input }: NewOlderTicket,
  ) {
    return olderTicketOf(
      await this.tickets.create(context, { ...input, ...unknownThen(), employee_id }, status),
    );
  }

  @Get()
  @RequirePermission(SEES)
  @Older('List tickets', z.array(olderTicket))
  list(
    @OlderContext() { principal }: RequestContext,
    @Query({ schema: olderPage }) page: OlderPage,
    @Res() reply: FastifyReply,
  ) {
    return this.lists.tickets(reply, principal, page);
  }

  @Get('my')
  @RequirePermission(SEES)
  @Older('List the tickets that you opened', z.array(olderTicket))
  listMine(
    @OlderContext() { principal }: RequestContext,
    @Query({ schema: olderPage }) page: OlderPage,
    @Res() reply: FastifyReply,
  ) {
    return this.lists.ticketsCreatedBy(reply, asUser(principal), page);
  }

  @Get(':id')
  @RequirePermission(SEES)
  @Older('Read a ticket', olderTicket)
  async read(@OlderContext() { principal }: RequestContext, @Param('id', { schema: olderId }) id: number) {
    return olderTicketOf(await this.tickets.read(principal, id));
  }

  @Put(':id')
  @RequirePermission('ticket:update')
  @Older('Change a ticket as a whole', olderTicket)
  async replace(
    @OlderContext() context: RequestContext,
    @Param('id', { schema: olderId }) id: number,
    @Body({ schema: wholeOlderTicket }) input: WholeOlderTicket,
  ) {
    return olderTicketOf(await this.tickets.patch(context, id, input));
  }

  @Delete(':id')
  @RequirePermission('ticket:delete')
  @Older('Delete a ticket', olderMessage)
  async remove(@OlderContext() context: RequestContext, @Param('id', { schema: olderId }) id: number) {
    await this.tickets.remove(context, id);
    return message('Ticket deleted successfully');
  }
}
