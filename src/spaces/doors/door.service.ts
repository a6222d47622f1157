import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../access/context.js';
import { Writer } from '../../access/writer.js';
import { changedFields, sourceOf, writeAudit } from '../../access/audit/audit.js';
import type { Tx } from '../../platform/database/database.js';
import { notFound } from '../../platform/errors/problem.js';
import { assertMatches } from '../../platform/http/representation.js';
import { newUuid } from '../../platform/new-uuid.js';
import type { Page } from '../../platform/pagination/page.js';
import { lockTrees } from '../tree/tree.locks.js';
import type { Door } from './door.entity.js';
import { DoorRepository } from './door.repository.js';
import type { DoorPatch, DoorQuery, NewDoor } from './door.schemas.js';
import type { Principal } from '../../access/principal.js';

@Injectable()
export class DoorService {
  constructor(
    private readonly doors: DoorRepository,
    private readonly writer: Writer,
  ) {}

  list(principal: Principal, query: DoorQuery): Promise<Page<Door>> {
    return this.doors.page(principal, query);
  }

  async read(principal: Principal, id: string): Promise<Door> {
    const door = await this.doors.find(principal, id);
    if (door === undefined) throw notFound('door', id);
    return door;
  }

  create(context: RequestContext, { id = newUuid(), ...input }: NewDoor): Promise<Door> {
    return this.writer.run(context, async (tx, now) => {
      // So that no space goes away while a door to it is made.
      await lockTrees(
        tx,
        [input.from_space_id, input.to_space_id].filter((end) => end !== null),
      );
      const door = await this.doors.insert(tx, { id, ...input });
      writeAudit(tx, sourceOf(now), {
        action: 'door.create',
        subject_type: 'door',
        subject_id: id,
        after: { id, ...input },
      });
      return door;
    });
  }

  patch(context: RequestContext, id: string, patch: DoorPatch): Promise<Door> {
    return this.writer.run(context, async (tx, now) => {
      const door = await this.lockForChange(tx, now, id);
      const { before, after } = changedFields<Door>(door, patch);
      if (Object.keys(after).length === 0) return door;
      const changed = await this.doors.update(tx, id, after);
      writeAudit(tx, sourceOf(now), {
        action: 'door.update',
        subject_type: 'door',
        subject_id: id,
        before,
        after,
      });
      return changed;
    });
  }

  remove(context: RequestContext, id: string): Promise<void> {
    return this.writer.run(context, async (tx, now) => {
      const { version: _, ...before } = await this.lockForChange(tx, now, id);
      await this.doors.removeAll(tx, [id]);
      writeAudit(tx, sourceOf(now), {
        action: 'door.delete',
        subject_type: 'door',
        subject_id: id,
        before,
      });
    });
  }

  private async lockForChange(tx: Tx, context: RequestContext, id: string): Promise<Door> {
    const door = await this.doors.findForChange(tx, context.principal, id);
    if (door === undefined) throw notFound('door', id);
    assertMatches(context.if_match, door.version);
    return door;
  }
}
