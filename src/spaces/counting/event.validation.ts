import { conflict, Problem } from '../../platform/errors/problem.js';
import { type CountedSpace, shownOf, stateOf } from './counted.space.js';
import type { CountEvent } from './event.schemas.js';
import { DAY, MINUTE, type Micros, toIso } from './instant.js';
import type { KnownEvent } from './ledger.repository.js';

/** How far a clock may run ahead of ours. */
const MOST_AHEAD = 15 * MINUTE;

/** Where an event takes people, as seen from the space that it is reported for. */
export interface Passage {
  /** The space that it is reported for, whose numbers are answered. */
  target: CountedSpace;
  door_id: string | null;
  /** The spaces that `delta` is added to, and those that it is taken from, each from the bottom up. */
  entered: CountedSpace[];
  left: CountedSpace[];
  /** The ids of both ends. */
  to: string | null;
  from: string | null;
}

const unprocessable = (code: 'too_late' | 'in_future' | 'before_counting', detail: string): Problem =>
  new Problem(422, code, detail, { errors: [{ path: 'at', message: detail }] });

/** @returns why an event of this moment is refused; undefined when it is not. */
export function validateMoment(
  at: Micros,
  { target, entered, left }: Passage,
  now: Micros,
): Problem | undefined {
  if (at > now + MOST_AHEAD)
    return unprocessable(
      'in_future',
      `lies more than ${MOST_AHEAD / MINUTE} minutes ahead: set the clock of the sender`,
    );
  if (at < target.counting_since)
    return unprocessable(
      'before_counting',
      `lies before ${toIso(target.counting_since)}, since when the space counts`,
    );
  if (target.accept_late_days !== null && at < now - target.accept_late_days * DAY)
    return unprocessable(
      'too_late',
      `lies more than ${target.accept_late_days} days back, which this space does not accept`,
    );
  const purged = [...entered, ...left].find(
    ({ purged_before }) => purged_before !== null && at < purged_before,
  );
  if (purged === undefined) return undefined;
  return unprocessable(
    'too_late',
    `lies before ${toIso(purged.purged_before ?? 0)}: single events from then are gone`,
  );
}

/** Whether an event is the one counted under its id. One whose clock ran ahead was stored with the moment it came. */
export function isSame(known: KnownEvent, event: CountEvent, { to, from, door_id }: Passage): boolean {
  if (known.door_id !== door_id || (known.space_id !== to && known.space_id !== from)) return false;
  const delta = known.space_id === to ? known.delta : -known.delta;
  const { at = known.at } = event;
  const ranAhead = known.at === known.recorded_at && at > known.recorded_at;
  return delta === event.delta && (known.kind === 'admission') === event.ask && (known.at === at || ranAhead);
}

const refusal = (
  space: CountedSpace,
  code: 'capacity_reached' | 'nobody_inside',
  detail: string,
): Problem => {
  const { space_id, occupancy, capacity, free } = stateOf(space);
  return conflict(code, detail, { space_id, occupancy, capacity, free });
};

/**
 * The spaces that an admission would fill are checked from the root down: those that refuse more than their capacity, and
 * that nobody leaves a space where nobody is.
 * @returns why it is refused; undefined when it is not.
 */
export function validateAdmission(
  { delta }: CountEvent,
  { target, door_id, entered, left }: Passage,
  bounded: boolean,
): Problem | undefined {
  const filled = delta > 0 ? entered : left;
  const people = Math.abs(delta);
  const full = filled
    .toReversed()
    .find(
      (space) =>
        space.capacity !== null &&
        (space.over_capacity === 'refuse' || (bounded && space === target)) &&
        space.inside + people > space.capacity,
    );
  if (full !== undefined) {
    const { name, id, capacity, inside } = full;
    return refusal(
      full,
      'capacity_reached',
      `${name ?? id} holds ${capacity} and has ${shownOf(inside)}: ${people} more would be too many.`,
    );
  }
  // At a door only the capacity of the space that is entered counts.
  if (door_id !== null || delta > 0 || target.inside >= people) return undefined;
  return refusal(
    target,
    'nobody_inside',
    `${target.name ?? target.id} has ${shownOf(target.inside)} inside: ${people} cannot leave. Correct the count if that is wrong.`,
  );
}
