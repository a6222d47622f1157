import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../access/context.js';
import { system } from '../access/principal.js';
import type { Tx } from '../platform/database/database.js';
import { SpaceHooks } from '../spaces/tree/space.hooks.js';
import { TicketRepository } from './ticket.repository.js';
import { TicketWrites } from './ticket.writes.js';

/** A ticket stays when its space goes: a change like any other, with a version and an audit row. */
@Injectable()
export class TicketsOfDeletedSpaces {
  constructor(
    private readonly tickets: TicketRepository,
    private readonly writes: TicketWrites,
    spaces: SpaceHooks,
  ) {
    spaces.whenRemoved((tx, context, ids) => this.clearSpace(tx, context, ids));
  }

  private async clearSpace(tx: Tx, context: RequestContext, spaceIds: string[]): Promise<void> {
    const tickets = await this.tickets.lockOfSpaces(tx, spaceIds);
    await this.writes.apply(
      tx,
      { ...context, if_match: undefined },
      tickets.map(({ id }) => ({ kind: 'update', id, patch: { space_id: null } })),
      { seenBy: system },
    );
  }
}
