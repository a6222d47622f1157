import { z } from 'zod';
import { moment, uuid } from '../../platform/validation/text.js';
import { momentParameter } from '../../platform/pagination/page.js';
import { FILLS, type Step, STEPS } from './time.steps.js';

const steps = Object.keys(STEPS) as Step[];

export const occupancyQuery = z.strictObject({
  from: momentParameter
    .optional()
    .meta({ description: 'From the step that holds this time; a day before `to` without it.' }),
  to: momentParameter
    .optional()
    .meta({ description: 'Up to the step that ends at or after this time; now without it.' }),
  step: z
    .enum(steps, { error: `must be one of ${steps.join(', ')}` })
    .default('1h')
    .meta({
      description:
        "How long a step is. Up to an hour it counts from the space's local midnight, above that it follows the clocks: a local day has 23 or 25 hours when they change. At most 10,080 steps.",
    }),
  fill: z
    .enum(FILLS, { error: `must be one of ${FILLS.join(', ')}` })
    .default('null')
    .meta({
      description:
        'What a step shows in which nothing happened: null, the count as it stayed (`previous`), or 0. What has not come yet, and what lies before the space counted, is always null.',
    }),
});

export type OccupancyQuery = z.infer<typeof occupancyQuery>;

const people = z.int().min(0);

export const occupancyItem = z
  .object({
    from: moment.meta({ description: 'Where the step begins.' }),
    to: moment.meta({
      description: 'Where it ends, and the next one begins.',
      example: '2026-11-22T10:30:00.000000Z',
    }),
    mean: z
      .number()
      .nullable()
      .meta({ description: 'People inside, on average over its time.', example: 31.5 }),
    max: people.nullable().meta({ description: 'The most at any moment of it.', example: 40 }),
    min: people.nullable().meta({ description: 'The fewest.', example: 12 }),
    last: people.nullable().meta({ description: 'At its end, or now.', example: 37 }),
    in: people.meta({ description: 'How many came.', example: 45 }),
    out: people.meta({ description: 'How many left.', example: 20 }),
  })
  .meta({ id: 'OccupancyStep' });

export const occupancySeries = z
  .object({
    space_id: uuid,
    time_zone: z.string().meta({ description: 'In which the steps lie.', example: 'Europe/London' }),
    step: z.enum(steps).meta({ example: '1h' }),
    items: z.array(occupancyItem).meta({ description: 'All steps, in order.' }),
    summary: z
      .object({
        peak: z
          .object({
            occupancy: people.meta({ example: 40 }),
            at: moment.meta({ description: 'Where the first step begins that reached it.' }),
          })
          .nullable()
          .meta({ description: 'The most at any moment; null where nothing is known.' }),
        mean: z
          .number()
          .nullable()
          .meta({ description: 'On average over all the time that is known.', example: 24.25 }),
        in: people.meta({ example: 320 }),
        out: people.meta({ example: 312 }),
        utilisation: z.number().nullable().meta({
          description:
            'Share of the capacity that was taken, on average over the opening hours; null without a capacity.',
          example: 0.525,
        }),
      })
      .meta({ description: 'The same for all steps together.' }),
  })
  .meta({ id: 'OccupancySeries' });

export type OccupancyItem = z.infer<typeof occupancyItem>;
export type OccupancySeries = z.infer<typeof occupancySeries>;
