import { z } from 'zod';
import { uuid } from '../../platform/validation/text.js';
import { momentParameter } from '../../platform/pagination/page.js';
import { toMicros } from './instant.js';

/** People that one event may count. */
const MOST_PEOPLE = 10_000;
/** Events that one request may bring. */
export const MOST_EVENTS = 1_000;

const EXAMPLE = {
  event_id: '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e51',
  direction: 'in',
  count: 1,
  at: '2026-11-22T09:30:00Z',
};

const wholeNumber = `must be a whole number up to ${MOST_PEOPLE}, and not 0`;

const people = z.int(wholeNumber).min(1, wholeNumber).max(MOST_PEOPLE, wholeNumber);

const delta = z
  .int(wholeNumber)
  .min(-MOST_PEOPLE, wholeNumber)
  .max(MOST_PEOPLE, wholeNumber)
  .refine((value) => value !== 0, wholeNumber);

/** A passage that was seen, or an admission that is asked for: `delta`, or `direction` and `count`. */
export const eventSchema = z
  .strictObject({
    event_id: uuid.meta({
      description:
        'Yours, and new for each event: the same one never counts twice, however often it is sent.',
      example: '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e51',
    }),
    delta: delta
      .optional()
      .meta({ description: 'How many more people are inside; negative: fewer.', example: 1 }),
    direction: z
      .enum(['in', 'out'], 'must be `in` or `out`')
      .optional()
      .meta({ description: 'Instead of `delta`, with `count`.' }),
    count: people.optional().meta({ description: 'How many went in that direction.' }),
    at: momentParameter.meta({
      description: 'When it happened; late and unordered events land at their own time.',
      example: '2026-11-22T09:30:00Z',
    }),
    ask: z.boolean().default(false).meta({
      description:
        'true: an admission, which is refused where the capacity would be passed; false: a passage that was seen, and always counts.',
    }),
  })
  .superRefine(({ delta: change, direction, count }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (change === undefined && direction === undefined && count === undefined)
      refuse('delta', 'is missing: send delta, or direction and count');
    else if (change !== undefined && (direction !== undefined || count !== undefined))
      refuse('delta', 'cannot stand beside direction and count');
    else if (change === undefined && direction === undefined) refuse('direction', 'is missing beside count');
    else if (change === undefined && count === undefined) refuse('count', 'is missing beside direction');
  })
  .meta({
    id: 'CountEvent',
    example: EXAMPLE,
  });

export type EventInput = z.infer<typeof eventSchema>;

/** One event, or up to 1,000 of which each is checked alone. An empty list is a heartbeat. */
export const eventsSchema = z
  .union([
    eventSchema,
    z
      .array(z.unknown())
      .max(MOST_EVENTS, `must be at most ${MOST_EVENTS} events: send the rest in further requests`)
      .meta({ items: { $ref: '#/components/schemas/CountEvent' } }),
  ])
  .meta({ id: 'CountEvents', example: EXAMPLE });

export type EventsInput = z.infer<typeof eventsSchema>;

/** An event as the ledger takes it. */
export interface CountEvent {
  event_id: string;
  /** Positive: into the space, or through the door in its direction `in`. */
  delta: number;
  /** Microseconds since the epoch; undefined: the moment at which it is counted. */
  at: number | undefined;
  ask: boolean;
}

export const countEventOf = ({
  event_id,
  delta: change,
  direction,
  count = 0,
  at,
  ask,
}: EventInput): CountEvent => ({
  event_id,
  delta: change ?? (direction === 'in' ? count : -count),
  at: toMicros(at),
  ask,
});

export const stepSchema = z
  .strictObject({
    by: people.default(1).meta({ description: 'How many people.', example: 1 }),
  })
  .meta({ id: 'CountStep', example: { by: 1 } });

export const recountSchema = z
  .strictObject({
    occupancy: z
      .int('must be a whole number from 0 to 1,000,000')
      .min(0, 'must not be below 0')
      .max(1_000_000, 'must be at most 1,000,000')
      .meta({ description: 'How many there are now.', example: 37 }),
    reason: z
      .string()
      .trim()
      .min(1, 'must say why')
      .max(200, 'must be at most 200 characters')
      .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be well-formed Unicode')
      .meta({ description: 'Why the count is set; kept in the history.', example: 'Counted by hand' }),
  })
  .meta({ id: 'Recount', example: { occupancy: 37, reason: 'Counted by hand' } });

export type Recount = z.infer<typeof recountSchema>;
