import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../access/context.js';
import { writeAuditBatch } from '../../access/audit/audit.batch.js';
import { sourceOf } from '../../access/audit/audit.js';
import type { Tx } from '../../platform/database/database.js';
import { SpaceHooks } from '../tree/space.hooks.js';
import { DoorRepository } from './door.repository.js';

/** A door is deleted with a space at either of its ends. */
@Injectable()
export class DoorsOfDeletedSpaces {
  constructor(
    private readonly doors: DoorRepository,
    hooks: SpaceHooks,
  ) {
    hooks.dependsOnSpaces(async (tx, spaceIds) => {
      const { length: count } = await this.doors.leadingTo(tx, spaceIds);
      return { count, words: `${count} doors lead to it` };
    });
    hooks.whenRemoved((tx, context, spaceIds) => this.remove(tx, context, spaceIds));
  }

  private async remove(tx: Tx, context: RequestContext, spaceIds: string[]): Promise<void> {
    const doors = await this.doors.leadingTo(tx, spaceIds);
    await this.doors.removeAll(
      tx,
      doors.map(({ id }) => id),
    );
    await writeAuditBatch(
      tx,
      sourceOf(context),
      doors.map(({ version: _, ...before }) => ({
        action: 'door.delete',
        subject_type: 'door',
        subject_id: before.id,
        before,
      })),
    );
  }
}
