import { z } from 'zod';
import { moment } from '../validation/text.js';

/** `notice` only announces; `read_only` refuses what may change something; `full` refuses everything. */
export const MODES = ['notice', 'read_only', 'full'] as const;

export type Mode = (typeof MODES)[number];

/** The maintenance that is announced or in force, as everybody may know it. */
export const maintenanceSchema = z
  .object({
    state: z.enum(['none', 'scheduled', 'active']).meta({
      description: 'Whether there is one, and whether its time has come.',
      example: 'scheduled',
    }),
    mode: z.enum(MODES).nullable().meta({
      description:
        'What it closes from its start on: `notice` nothing, `read_only` every request that may change something, `full` every request. Those it closes are answered with 503 `maintenance`; sign-in stays open, and so does everything for an admin.',
      example: 'read_only',
    }),
    starts_at: moment.nullable().meta({ description: 'When it starts, or started.' }),
    message: z
      .string()
      .nullable()
      .meta({ description: 'What the operator says about it.', example: 'A larger disk. Back at nine.' }),
  })
  .meta({ id: 'Maintenance' });

export type Maintenance = z.infer<typeof maintenanceSchema>;

export const NONE: Maintenance = { state: 'none', mode: null, starts_at: null, message: null };
