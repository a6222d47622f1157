import { z } from 'zod';
import { uuid } from '../../platform/validation/text.js';
import { momentParameter } from '../../platform/pagination/page.js';
import { WEEKDAYS } from '../tree/space.entity.js';

export const peaksQuery = z.strictObject({
  from: momentParameter
    .optional()
    .meta({ description: 'From the hour that holds this time; four weeks before `to` without it.' }),
  to: momentParameter.optional().meta({
    description: 'Up to the hour that ends at or after this time; now without it. At most 366 days.',
  }),
});

export type PeaksQuery = z.infer<typeof peaksQuery>;

const people = z.int().min(0);
const mean = z
  .number()
  .nullable()
  .meta({ description: 'People inside, on average; null where nothing is known.', example: 31.5 });
const max = people.nullable().meta({ description: 'The most at any moment.', example: 40 });

export const peaksSchema = z
  .object({
    space_id: uuid,
    time_zone: z.string().meta({ description: 'Of the weekdays, hours and days.', example: 'Europe/London' }),
    hours: z
      .array(
        z.object({
          weekday: z.enum(WEEKDAYS).meta({ example: 'tue' }),
          hour: z.int().min(0).max(23).meta({ description: 'As the clocks show it.', example: 14 }),
          mean,
          max,
        }),
      )
      .meta({ description: 'Each hour of the week: 168, from Monday on.' }),
    busiest: z
      .array(
        z.object({
          date: z.iso.date().meta({ description: 'The local day.', example: '2026-11-24' }),
          mean,
          max,
          in: people.meta({ description: 'How many came.', example: 320 }),
        }),
      )
      .meta({ description: 'The ten days with the most people at any moment, the busiest first.' }),
  })
  .meta({ id: 'Peaks' });

export type PeaksAnswer = z.infer<typeof peaksSchema>;
