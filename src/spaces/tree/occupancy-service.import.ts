import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { fields } from '../../../config/fields.js';
import { operatorContext } from '../../platform/access/operator.js';
import {
  countChanged,
  type Importer,
  type Outcome,
  readRow,
  SeenKeys,
} from '../../platform/bulk/bulk.import.js';
import type { SourceRow } from '../../platform/bulk/row.source.js';
import { Clock } from '../../platform/clock.js';
import { Database, type Tx } from '../../platform/database/database.js';
import { text, uuidIn } from '../../platform/http/text.js';
import { CountAdjustments } from '../counting/adjustments.js';
import { toMicros } from '../counting/instant.js';
import { SpaceRepository } from './space.repository.js';
import { newSpaceSchema } from './space.schemas.js';
import { SpaceService } from './space.service.js';

const HIGHEST_MAXIMUM = 100_000;
const EARLIEST = '1970';
const REASON = 'Taken over from the occupancy service.';

/** Redis keeps text only; other tools write numbers. */
const number = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .union(
      [
        z
          .string()
          .regex(/^\d{1,9}$/, error)
          .transform(Number),
        z.int(),
      ],
      { error },
    )
    .refine((value) => value >= min && value <= max, error);
};

/** With a T or a blank, and with an offset or none, which is UTC. */
const moment = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?$/,
    'must be a time such as 2024-05-31T09:30:00.123456Z',
  )
  .transform((time) => `${time.replace(' ', 'T')}${/(Z|[+-]\d\d:\d\d)$/.test(time) ? '' : 'Z'}`)
  .pipe(z.iso.datetime({ offset: true, error: 'is no time that exists' }))
  .refine((time) => time >= EARLIEST, `lies before ${EARLIEST}`);

const rowSchema = z
  .strictObject({
    space_id: z.string().transform((spelling, context) => {
      const id = uuidIn(spelling);
      if (id !== undefined) return id;
      context.addIssue({ code: 'custom', message: 'must be a UUID' });
      return z.NEVER;
    }),
    space_name: z
      .union([
        z.literal('').transform(() => null),
        text({ ...fields.label, max: 300, message: '1 to 300 characters on one line' }),
      ])
      .optional(),
    occupancy_current: number(0, 1_000_000),
    occupancy_maximum: number(1, HIGHEST_MAXIMUM),
    created: moment,
    last_updated: moment,
  })
  .superRefine(({ created, last_updated }, context) => {
    if (toMicros(last_updated) < toMicros(created))
      context.addIssue({ code: 'custom', path: ['last_updated'], message: 'lies before created' });
  });

type FormerSpace = z.infer<typeof rowSchema>;

/** Spaces of an older occupancy service, a hash a line, with their ids, numbers and times. */
@Injectable()
export class OccupancyServiceImport {
  constructor(
    private readonly spaces: SpaceRepository,
    private readonly service: SpaceService,
    private readonly counts: CountAdjustments,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns an importer for one file. */
  start(command: string): Importer {
    const seen = new SeenKeys();
    return {
      fields: Object.keys(rowSchema.shape),
      importBatch: (rows, dryRun) =>
        this.database.transaction(async (tx) => {
          const lines = rows.map((row) => this.read(row));
          const ids = lines.flatMap((line) => ('space' in line ? [line.space.space_id] : []));
          const taken = await this.spaces.existing(tx, ids);
          const outcomes: Outcome[] = [];
          for (const line of lines) {
            if (!('space' in line)) {
              outcomes.push(line);
              continue;
            }
            const { space, outcome } = line;
            const earlier = seen.holder('id', space.space_id, outcome.line);
            const error = taken.has(space.space_id)
              ? 'space_id: there is a space with this id already'
              : earlier === undefined
                ? undefined
                : `space_id: line ${earlier} has this id already`;
            outcomes.push(error === undefined ? outcome : { line: outcome.line, error });
            if (error !== undefined) continue;
            seen.claim('id', space.space_id, outcome.line);
            if (!dryRun) await this.takeOver(tx, command, space);
          }
          return outcomes;
        }),
    };
  }

  private read(row: SourceRow): { space: FormerSpace; outcome: Outcome } | Outcome {
    const { line, values } = row;
    const read = readRow(rowSchema, row);
    if ('error' in read) return { line, error: read.error };
    if (Date.parse(read.data.last_updated) > this.clock.now())
      return { line, error: 'last_updated: lies in the future' };
    return { space: read.data, outcome: { line, changed_texts: countChanged(values, ['space_name']) } };
  }

  /** It was open to everybody, and is again where PUBLIC_SPACES is on. */
  private async takeOver(tx: Tx, command: string, former: FormerSpace): Promise<void> {
    const { space_id: id, space_name, occupancy_current, occupancy_maximum, created, last_updated } = former;
    const defaults = newSpaceSchema.parse({ kind: 'room', name: 'x' });
    await this.service.createIn(tx, operatorContext(command), {
      ...defaults,
      ...{ id, name: space_name ?? null, capacity: occupancy_maximum, over_capacity: 'refuse', public: true },
      counting_since: created,
    });
    await this.spaces.setFormerTimes(tx, id, created, last_updated);
    await this.counts.takeOver(tx, id, {
      occupancy: occupancy_current,
      at: toMicros(last_updated),
      reason: REASON,
    });
  }
}
