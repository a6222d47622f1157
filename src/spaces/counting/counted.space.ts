import type { spaceStateSchema } from './state.schemas.js';
import type { z } from 'zod';
import { type Micros, toIso } from './instant.js';
import { type Level, levelOf } from './level.js';

/** How full a space is, as everybody sees it. */
export type SpaceState = z.infer<typeof spaceStateSchema>;

/** A space with its numbers, as read under the lock of its tree. */
export interface CountedSpace {
  id: string;
  /** The root first, its own id last. */
  path: string[];
  name: string | null;
  time_zone: string | null;
  capacity: number | null;
  over_capacity: 'allow' | 'refuse';
  amber_percent: number;
  full_percent: number;
  hysteresis_percent: number;
  counting_since: Micros;
  accept_late_days: number | null;
  reset_at: string | null;
  reset_since: Micros | null;
  /** Signed; what is shown is never below 0. */
  inside: number;
  seq: number;
  level: Level;
  level_since: Micros;
  /** The moment of its latest recount, by hand or by a reset. */
  anchored_at: Micros | null;
  /** Events from before are gone. */
  purged_before: Micros | null;
  changed_at: Micros;
  /** By the clock of the database once the tree is locked: later than all writes of the transaction that had the lock before. */
  read_at: Micros;
  /** Of the settings. */
  version: number;
}

export const shownOf = (inside: number): number => Math.max(0, inside);

export function stateOf(space: CountedSpace): SpaceState {
  const { capacity } = space;
  const occupancy = shownOf(space.inside);
  return {
    space_id: space.id,
    name: space.name,
    occupancy,
    capacity,
    free: capacity === null ? null : Math.max(0, capacity - occupancy),
    over_capacity: capacity !== null && occupancy > capacity,
    level: space.level,
    level_since: toIso(space.level_since),
    seq: space.seq,
    changed_at: toIso(space.changed_at),
    counting_since: toIso(space.counting_since),
  };
}

/** Counts one more change of the numbers or of the settings that the level follows from, and sets the level. */
export function touch(space: CountedSpace, now: Micros): void {
  space.seq += 1;
  space.changed_at = now;
  const level = levelOf(space.level, shownOf(space.inside), space.capacity, space);
  if (level === space.level) return;
  space.level = level;
  space.level_since = now;
}
