import { Injectable } from '@nestjs/common';
import { operatorContext } from '../../access/context.js';
import { writeAuditBatch } from '../../access/audit/audit.batch.js';
import { sourceOf } from '../../access/audit/audit.js';
import type { Tx } from '../../platform/database/database.js';
import { Problem } from '../../platform/errors/problem.js';
import { CountingWork } from '../counting/counting.work.js';
import { toMicros } from '../counting/instant.js';
import { DoorRepository } from '../doors/door.repository.js';
import { SpaceRepository } from '../tree/space.repository.js';
import { newSpaceSchema, type SpaceFields } from '../tree/space.schemas.js';

/** Whoever went through a door, and when. */
export interface Passage {
  event_id: string;
  /** ISO 8601. */
  at: string;
  /** Positive: in its direction `in`. */
  delta: number;
}

/** Spaces, what contains others first, the doors between them, and who went through those. */
export interface SpaceSeed {
  spaces: (SpaceFields & { id: string })[];
  doors: { id: string; name: string; from_space_id: string | null; to_space_id: string | null }[];
  /** By the id of the door, in the order of time. */
  passages: ReadonlyMap<string, readonly Passage[]>;
}

/** Spaces with a past, for an installation that is to look lived in. */
@Injectable()
export class SpaceSeedData {
  constructor(
    private readonly spaces: SpaceRepository,
    private readonly doors: DoorRepository,
    private readonly counting: CountingWork,
  ) {}

  /** Inserts the spaces and doors and counts the passages, in the transaction. @throws Problem when the rules of the API refuse any of it. */
  async add(tx: Tx, command: string, { spaces, doors, passages }: SpaceSeed): Promise<void> {
    const context = operatorContext(command);
    const paths = new Map<string, string[]>();
    for (const fields of spaces) {
      const space = { ...newSpaceSchema.parse(fields), id: fields.id };
      const path = [...(paths.get(space.parent_id ?? '') ?? []), space.id];
      paths.set(space.id, path);
      await this.spaces.insert(tx, {
        ...space,
        path,
        ticket_created_by: null,
        counting_since: space.counting_since,
      });
    }
    for (const door of doors) await this.doors.insert(tx, door);
    const created = (type: 'space' | 'door') => (after: { id: string }) => ({
      action: `${type}.create` as const,
      subject_type: type,
      subject_id: after.id,
      after: { ...after },
    });
    await writeAuditBatch(tx, sourceOf(context), [
      ...spaces.map(created('space')),
      ...doors.map(created('door')),
    ]);
    const outcomes = await this.counting.run(
      tx,
      [...passages].map(([door_id, passed]) => ({
        context,
        target: { door_id },
        events: passed.map(({ at, ...event }) => ({ ...event, at: toMicros(at), ask: false })),
        bounded: false,
      })),
    );
    for (const outcome of outcomes) {
      if (outcome instanceof Problem) throw outcome;
      for (const event of outcome.events) if ('problem' in event) throw event.problem;
    }
  }
}
