import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { operatorContext } from '../../../access/context.js';
import { writeAuditBatch } from '../../../access/audit/audit.batch.js';
import { sourceOf } from '../../../access/audit/audit.js';
import { countChanged, type Importer, type Outcome, readRow } from '../../../platform/bulk/bulk.import.js';
import type { SourceRow } from '../../../platform/bulk/row.source.js';
import { Clock } from '../../../platform/clock.js';
import { Database, type Tx } from '../../../platform/database/database.js';
import { text } from '../../../platform/validation/text.js';
import { uuidIn } from '../../../platform/validation/uuid.spelling.js';
import { newUuid } from '../../../platform/new-uuid.js';
import { momentParameter } from '../../../platform/pagination/page.js';
import { levelOf } from '../../../spaces/counting/level.js';
import { HIGHEST_CAPACITY } from '../../../spaces/tree/space.entity.js';
import { existingSpaces } from '../../../spaces/tree/space.places.js';
import { type LegacySpace, LegacySpaceRepository } from './space.repository.js';

const THRESHOLDS = { amber_percent: 80, full_percent: 100, hysteresis_percent: 5 };

/** A hash of Redis holds texts only; whoever made the file may have written numbers. */
const people = (least: number) => {
  const error = `must be a whole number from ${least} to ${HIGHEST_CAPACITY}`;
  const number = z.int(error).min(least, error).max(HIGHEST_CAPACITY, error);
  return z.union(
    [
      number,
      z
        .string()
        .regex(/^\d{1,6}$/, error)
        .transform(Number)
        .pipe(number),
    ],
    { error },
  );
};

const sourceSchema = z
  .strictObject({
    space_id: z.string().transform((spelling, context) => {
      const id = uuidIn(spelling);
      if (id === undefined) context.addIssue({ code: 'custom', message: 'must be a UUID' });
      return id ?? '';
    }),
    space_name: z.union([z.literal('').transform(() => undefined), text('label')]).optional(),
    occupancy_current: people(0),
    occupancy_maximum: people(1),
    created: momentParameter,
    last_updated: momentParameter,
  })
  .superRefine(({ created, last_updated }, context) => {
    if (Date.parse(last_updated) < Date.parse(created))
      context.addIssue({ code: 'custom', path: ['last_updated'], message: 'lies before created' });
  });

type SourceSpace = z.infer<typeof sourceSchema>;

const spaceOf = ({
  space_id,
  space_name,
  occupancy_current,
  occupancy_maximum,
  ...times
}: SourceSpace): LegacySpace => ({
  id: space_id,
  name: space_name ?? null,
  capacity: occupancy_maximum,
  inside: occupancy_current,
  level: levelOf('free', occupancy_current, occupancy_maximum, THRESHOLDS),
  created_at: times.created,
  changed_at: times.last_updated,
  event_id: newUuid(),
});

/** The spaces of a legacy occupancy service, with their ids, so that its clients go on with them. */
@Injectable()
export class OccupancyDataMigration {
  constructor(
    private readonly spaces: LegacySpaceRepository,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns an importer for one file, each line a hash of the legacy service. */
  start(command: string): Importer {
    const seen = new Map<string, number>();
    return {
      fields: Object.keys(sourceSchema.shape),
      importBatch: (rows, dryRun) =>
        this.database.transaction(async (tx) => {
          const good: LegacySpace[] = [];
          const read = rows.map((row) => ({ row, ...readRow(sourceSchema, row) }));
          const ids = read.flatMap((one) => ('data' in one ? [one.data.space_id] : []));
          const taken = await existingSpaces(tx, ids);
          const outcomes = read.map((one): Outcome => {
            if ('error' in one) return { line: one.row.line, error: one.error };
            const error = this.refusal(one.row, one.data, taken, seen);
            if (error !== undefined) return { line: one.row.line, error };
            seen.set(one.data.space_id, one.row.line);
            good.push(spaceOf(one.data));
            return { line: one.row.line, changed_texts: countChanged(one.row.values, ['space_name']) };
          });
          if (!dryRun && good.length > 0) await this.add(tx, command, good);
          return outcomes;
        }),
    };
  }

  private refusal(
    { line }: SourceRow,
    { space_id, last_updated }: SourceSpace,
    taken: Set<string>,
    seen: Map<string, number>,
  ): string | undefined {
    if (taken.has(space_id)) return `space_id: there is a space ${space_id} already`;
    const earlier = seen.get(space_id);
    if (earlier !== undefined && earlier !== line) return `space_id: line ${earlier} has this id already`;
    return Date.parse(last_updated) > this.clock.now() ? 'last_updated: lies in the future' : undefined;
  }

  private async add(tx: Tx, command: string, spaces: LegacySpace[]): Promise<void> {
    await this.spaces.insert(tx, spaces, 'Taken over from the occupancy service.');
    await writeAuditBatch(
      tx,
      sourceOf(operatorContext(command)),
      spaces.map(({ event_id: _, ...after }) => ({
        action: 'space.create',
        subject_type: 'space',
        subject_id: after.id,
        after,
      })),
    );
  }
}
