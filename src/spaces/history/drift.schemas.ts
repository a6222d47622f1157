import { z } from 'zod';
import { moment, uuid } from '../../platform/validation/text.js';

const date = z.iso
  .date('must be a date such as 2026-11-24')
  .refine((day) => day >= '1970-01-01' && day < '2200-01-01', 'must lie between 1970 and 2200');

export const driftQuery = z.strictObject({
  from: date.optional().meta({ description: 'The first local day; six days before `to` without it.' }),
  to: date.optional().meta({ description: 'The last local day; today without it. At most 100 days.' }),
});

export type DriftQuery = z.infer<typeof driftQuery>;

const came = z.int().min(0).meta({ description: 'How many came.', example: 45 });
const left = z.int().min(0).meta({ description: 'How many left.', example: 42 });
const drift = z.int().meta({ description: 'How many more came than left.', example: 3 });

export const driftSchema = z
  .object({
    space_id: uuid,
    time_zone: z.string().meta({ description: 'In which the days lie.', example: 'Europe/London' }),
    items: z
      .array(
        z.object({
          date: z.iso.date().meta({ description: 'The local day.', example: '2026-11-24' }),
          from: moment.meta({ description: 'Where it begins.' }),
          to: moment.meta({ description: 'Where it ends.', example: '2026-11-23T09:30:00.000000Z' }),
          in: came,
          out: left,
          drift,
          corrected: z.int().meta({
            description:
              'By how much the count changed though nobody was counted: recounts and resets, here and in the parts, and parts that were moved.',
            example: -3,
          }),
          last: z.int().meta({
            description: 'The count at the end of the day, which may be below 0 and is shown as 0 then.',
            example: 0,
          }),
          doors: z
            .array(
              z.object({
                door_id: uuid.nullable().meta({
                  description: 'A door that leads in or out; null: those who were counted without a door.',
                  example: '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e20',
                }),
                name: z
                  .string()
                  .nullable()
                  .meta({ description: 'null for a door that is gone.', example: 'Main entrance' }),
                in: came,
                out: left,
                drift,
              }),
            )
            .meta({ description: 'Each door, also one through which nobody came.' }),
        }),
      )
      .meta({ description: 'The days that are known, in order.' }),
  })
  .meta({ id: 'Drift' });

export type DriftAnswer = z.infer<typeof driftSchema>;
