import { Body, Controller, Delete, Get, Param, Post, Put, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { RequirePermission } from '../../../access/access.decorators.js';
import { asUser } from '../../../access/rights.js';
import type { RequestContext } from '../../../access/context.js';
import { TicketService } from '../../../tickets/ticket.service.js';
import { settings } from '../../../platform/settings/settings.js';
import { message, legacyMessage } from './message.shape.js';
import { Legacy, LegacyContext, TicketServer } from './legacy.decorators.js';
import { LegacyLists } from './legacy.lists.js';
import { legacyId, type LegacyPage, legacyPage } from './parameters.js';
import {
  type NewLegacyTicket,
  newLegacyTicket,
  type WholeLegacyTicket,
  wholeLegacyTicket,
} from './ticket.input.js';
import { legacyTicket, legacyTicketOf } from './ticket.shape.js';

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
    private readonly lists: LegacyLists,
  ) {}

  @Post(':employee_id')
  @RequirePermission('ticket:create')
  @Legacy('Open a ticket for an employee', legacyTicket)
  async create(
    @LegacyContext() context: RequestContext,
    @Param('employee_id', { schema: legacyId }) employee_id: number,
    @Body({ schema: newLegacyTicket }) { status, ...input }: NewLegacyTicket,
  ) {
    return legacyTicketOf(
      await this.tickets.create(context, { ...input, ...unknownThen(), employee_id }, status),
    );
  }

  @Get()
  @RequirePermission(SEES)
  @Legacy('List tickets', z.array(legacyTicket))
  list(
    @LegacyContext() { principal }: RequestContext,
    @Query({ schema: legacyPage }) page: LegacyPage,
    @Res() reply: FastifyReply,
  ) {
    return this.lists.tickets(reply, principal, page);
  }

  @Get('my')
  @RequirePermission(SEES)
  @Legacy('List the tickets that you opened', z.array(legacyTicket))
  listMine(
    @LegacyContext() { principal }: RequestContext,
    @Query({ schema: legacyPage }) page: LegacyPage,
    @Res() reply: FastifyReply,
  ) {
    return this.lists.ticketsCreatedBy(reply, asUser(principal), page);
  }

  @Get(':id')
  @RequirePermission(SEES)
  @Legacy('Read a ticket', legacyTicket)
  async read(@LegacyContext() { principal }: RequestContext, @Param('id', { schema: legacyId }) id: number) {
    return legacyTicketOf(await this.tickets.read(principal, id));
  }

  @Put(':id')
  @RequirePermission('ticket:update')
  @Legacy('Change a ticket as a whole', legacyTicket)
  async replace(
    @LegacyContext() context: RequestContext,
    @Param('id', { schema: legacyId }) id: number,
    @Body({ schema: wholeLegacyTicket }) input: WholeLegacyTicket,
  ) {
    return legacyTicketOf(await this.tickets.patch(context, id, input));
  }

  @Delete(':id')
  @RequirePermission('ticket:delete')
  @Legacy('Delete a ticket', legacyMessage)
  async remove(@LegacyContext() context: RequestContext, @Param('id', { schema: legacyId }) id: number) {
    await this.tickets.remove(context, id);
    return message('Ticket deleted successfully');
  }
}
