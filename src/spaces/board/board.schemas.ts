import { z } from 'zod';
import { moment } from '../../platform/validation/text.js';
import { LEVELS } from '../counting/level.js';
import { spaceStateSchema } from '../counting/state.schemas.js';
import { EXAMPLE_SECRET } from '../displays/display-token.schemas.js';

/** The levels as people read them from afar. */
export const WORDS = { free: 'Free', amber: 'Filling up', full: 'Full' } as const;

const word = z.enum(Object.values(WORDS));

export const boardSchema = z
  .object({
    state: spaceStateSchema,
    word: word.meta({ description: 'The level as the board shows it.', example: WORDS.free }),
    words: z.record(z.enum(LEVELS), word).meta({ description: 'What each level is called.', example: WORDS }),
    day: z
      .object({
        from: moment.meta({ description: 'Where the local day begins.' }),
        to: moment.meta({ description: 'Where it ends.', example: '2026-11-23T09:30:00.000000Z' }),
        time_zone: z.string().meta({ example: 'Europe/London' }),
        points: z
          .array(
            z.object({
              at: moment,
              occupancy: z.int().meta({ description: 'People inside from then on.', example: 37 }),
            }),
          )
          .meta({ description: 'The count of the day so far, in order.' }),
      })
      .meta({ description: 'The day as a curve.' }),
    now: moment.meta({ description: 'The time by the clock of the server.' }),
    page_version: z
      .string()
      .meta({ description: 'Of the page: one that is older loads itself again.', example: '5d41402abc4b' }),
  })
  .meta({ id: 'Board' });

export type Board = z.infer<typeof boardSchema>;

/** Not validated: an unknown or revoked token is 404. */
export const boardToken = z
  .string()
  .meta({ description: 'The secret of a display token.', example: EXAMPLE_SECRET });
