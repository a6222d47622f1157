import { Problem } from '../../platform/errors/problem.js';
import { check } from '../../platform/validation/validation.pipe.js';
import type { CountOutcome, EventOutcome } from './count.operation.js';
import { type CountEvent, countEventOf, eventSchema } from './event.schemas.js';
import { type BatchAnswer, type EventAnswer, RESULTS } from './state.schemas.js';

/** An answer with the status that says whether anything was made. */
export interface Answer<T> {
  status: 200 | 201;
  body: T;
}

type Result = BatchAnswer['results'][number];

/** A list as it was sent: its valid events, and for each element an event id or the result of its validation. */
interface ReadEvents {
  events: CountEvent[];
  /** The id of a valid event, or the answer to one that is not. */
  places: (string | Result)[];
}

const resultOf = (event_id: string | null, result: Result['result'], problem?: Problem): Result => ({
  event_id,
  result,
  code: problem?.code ?? null,
  detail: problem?.detail ?? null,
});

function read(input: unknown): CountEvent | Problem {
  try {
    return countEventOf(check(eventSchema, input));
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

const idOf = (input: unknown): string | null => {
  const { event_id } = (input ?? {}) as { event_id?: unknown };
  return typeof event_id === 'string' ? event_id.slice(0, 64) : null;
};

export function readEvents(inputs: unknown[]): ReadEvents {
  const events: CountEvent[] = [];
  const places = inputs.map((input) => {
    const event = read(input);
    if (event instanceof Problem) return resultOf(idOf(input), 'invalid', event);
    events.push(event);
    return event.event_id;
  });
  return { events, places };
}

export function answerBatch({ places }: ReadEvents, { events, state }: CountOutcome): Answer<BatchAnswer> {
  const judged = events.values();
  const results = places.map((place) => {
    if (typeof place !== 'string') return place;
    const outcome = judged.next().value as EventOutcome;
    return resultOf(place, outcome.result, 'problem' in outcome ? outcome.problem : undefined);
  });
  const sums = Object.fromEntries(
    RESULTS.map((name) => [name, results.filter(({ result }) => result === name).length]),
  ) as Record<Result['result'], number>;
  return { status: 200, body: { results, ...sums, ...state } };
}

/** The outcome of a request with one event. @throws Problem when it did not count. */
export function onlyOne({ events: [outcome] }: CountOutcome): Exclude<EventOutcome, { problem: Problem }> {
  if (outcome === undefined) throw new Error('nothing was counted');
  if ('problem' in outcome) throw outcome.problem;
  return outcome;
}

export const answerEvent =
  (event_id: string) =>
  (outcome: CountOutcome): Answer<EventAnswer> => {
    const { result, state } = onlyOne(outcome);
    const duplicate = result === 'duplicate';
    return { status: duplicate ? 200 : 201, body: { event_id, duplicate, ...state } };
  };
