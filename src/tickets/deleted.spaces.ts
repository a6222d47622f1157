import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../access/context.js';
import { sourceOf } from '../access/audit/audit.js';
import { writeAuditBatch } from '../access/audit/audit.batch.js';
import type { Tx } from '../platform/database/database.js';
import { SpaceRemovals } from '../spaces/tree/space.removals.js';
import { TicketRepository } from './ticket.repository.js';

/** A ticket stays when its space goes: a change like any other, with a version and an audit row. */
@Injectable()
export class DeletedSpaces {
  constructor(
    private readonly tickets: TicketRepository,
    removals: SpaceRemovals,
  ) {
    removals.whenRemoved((tx, context, ids) => this.letGo(tx, context, ids));
  }

  private async letGo(tx: Tx, context: RequestContext, spaceIds: string[]): Promise<void> {
    const changed = await this.tickets.letGoOfSpaces(tx, spaceIds);
    const entries = changed.map(({ id, space_id }) => ({
      ...{ action: 'ticket.update', subject_type: 'ticket', subject_id: id },
      ...{ before: { space_id }, after: { space_id: null } },
    }));
    await writeAuditBatch(tx, sourceOf(context), entries);
  }
}
