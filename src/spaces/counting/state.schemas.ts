import { z } from 'zod';
import { moment, uuid } from '../../platform/validation/text.js';
import { spaceId } from '../tree/space.schemas.js';

import { LEVELS } from './level.js';

const spaceState = {
  space_id: spaceId,
  name: z.string().nullable().meta({ example: 'Reading room' }),
  occupancy: z.int().min(0).meta({ description: 'People inside, those in its parts too.', example: 37 }),
  capacity: z.int().nullable().meta({ description: 'null: no limit.', example: 120 }),
  free: z.int().min(0).nullable().meta({ description: 'Places left; null without a capacity.', example: 83 }),
  over_capacity: z.boolean().meta({ description: 'More people than places.', example: false }),
  level: z.enum(LEVELS).meta({ description: 'By the thresholds of the space.', example: 'free' }),
  level_since: moment.meta({ description: 'Since when it has that level.' }),
  seq: z.int().min(0).meta({ description: 'Counts the changes of these numbers.', example: 412 }),
  changed_at: moment.meta({ description: 'When they changed last.' }),
  counting_since: moment.meta({ description: 'Since when the space counts.' }),
};

export const spaceStateSchema = z.object(spaceState).meta({ id: 'SpaceState' });

/** The answer to one event: the numbers after it. */
export const eventAnswerSchema = z
  .object({
    event_id: uuid,
    duplicate: z.boolean().meta({
      description: 'true: it was counted before, and these are the present numbers.',
      example: false,
    }),
    ...spaceState,
  })
  .meta({ id: 'CountedEvent' });

export type EventAnswer = z.infer<typeof eventAnswerSchema>;

export const RESULTS = ['counted', 'duplicate', 'refused', 'invalid'] as const;

/** The answer to a list: the result of each event, in their order, and the numbers after the last. */
export const batchAnswerSchema = z
  .object({
    results: z
      .array(
        z.object({
          event_id: z.string().nullable().meta({
            description: 'As it was sent; null where it cannot be read.',
            example: '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e51',
          }),
          result: z.enum(RESULTS).meta({ example: 'counted' }),
          code: z
            .string()
            .nullable()
            .meta({ description: 'Why it did not count: as the code of a problem.', example: null }),
          detail: z.string().nullable().meta({ description: 'The same for a person.', example: null }),
        }),
      )
      .meta({ description: 'What became of each event, in the order in which they were sent.' }),
    counted: z.int().meta({ example: 1 }),
    duplicate: z.int().meta({ example: 0 }),
    refused: z.int().meta({ example: 0 }),
    invalid: z.int().meta({ example: 0 }),
    ...spaceState,
  })
  .meta({ id: 'CountedEvents' });

export type BatchAnswer = z.infer<typeof batchAnswerSchema>;
