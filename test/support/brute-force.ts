import { type Micros, SECOND } from '../../src/spaces/counting/instant.js';
import type { RollUp } from '../../src/spaces/history/minute.fold.js';

/** A row of the ledger, as far as the numbers of its space go. */
export interface Entry {
  at: Micros;
  kind: 'passage' | 'admission' | 'anchor' | 'reset' | 'carry';
  delta: number;
  value: number | null;
}

const isPeople = ({ kind }: Entry): boolean => kind === 'passage' || kind === 'admission';

/**
 * The count at a moment, by the definition: what the latest recount set, and from it on who came and went, and the
 * deltas propagated after it.
 */
export function countAt(entries: readonly Entry[], moment: Micros): number {
  const past = entries.filter(({ at }) => at <= moment);
  const recounts = past.filter(({ value }) => value !== null);
  const since = Math.max(-Infinity, ...recounts.map(({ at }) => at));
  const set = recounts.filter(({ at }) => at === since).map(({ value }) => value as number);
  const moved = past.filter((entry) =>
    isPeople(entry) ? entry.at >= since : entry.kind === 'carry' && entry.at > since,
  );
  return moved.reduce((sum, { delta }) => sum + delta, set.length === 0 ? 0 : Math.max(...set));
}

/** Any span of time, one moment of change after the other. */
export function spanOf(
  entries: readonly Entry[],
  from: Micros,
  to: Micros,
): Omit<RollUp, 'at'> & { events: number } {
  const within = entries.filter(({ at }) => at >= from && at < to);
  const moments = [...new Set([from, ...within.map(({ at }) => at)])].sort((a, b) => a - b);
  const counts = moments.map((moment) => countAt(entries, moment));
  const people = within.filter(isPeople).map(({ delta }) => delta);
  return {
    events: within.length,
    entered: people.filter((delta) => delta > 0).reduce((sum, delta) => sum + delta, 0),
    departed: people.filter((delta) => delta < 0).reduce((sum, delta) => sum - delta, 0),
    min: Math.min(...counts),
    max: Math.max(...counts),
    last: counts.at(-1) as number,
    person_seconds: moments.reduce((sum, moment, index) => {
      const seconds = ((moments[index + 1] ?? to) - moment) / SECOND;
      return sum + seconds * Math.max(0, counts[index] as number);
    }, 0),
  };
}

/** The stretches of this length in which something happened. */
export function rollUpsOf(entries: readonly Entry[], width: Micros): RollUp[] {
  const begins = [...new Set(entries.map(({ at }) => Math.floor(at / width) * width))].sort((a, b) => a - b);
  return begins.map((at) => {
    const { events: _, ...numbers } = spanOf(entries, at, at + width);
    return { at, ...numbers };
  });
}

/** A mean of people as it is answered, if it is the exact one rounded; else the exact one, for a comparison to show. */
export const meanLike = (answered: number | null | undefined, exact: number): number =>
  typeof answered === 'number' && Math.abs(answered - exact) <= 0.000_501 ? answered : exact;
