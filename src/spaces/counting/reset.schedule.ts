import { LRUCache } from 'lru-cache';
import { lastLocalTime, nextLocalTime } from '../tree/local-time.js';
import type { Micros } from './instant.js';

/** A daily local time `HH:MM`, and from when on it applies. */
export interface ResetSchedule {
  reset_at: string;
  reset_since: Micros;
  /** Of the space that has the schedule. */
  zone: string;
}

interface Window {
  from: Micros;
  until: Micros;
}

// Calendars are slow, and nearly all events are of today.
const windows = new LRUCache<string, Window>({ max: 1_000 });

/** The two resets around a moment, which lies at or after the first and before the second. */
function windowOf({ zone, reset_at }: ResetSchedule, moment: Micros): Window {
  const key = `${zone} ${reset_at}`;
  const known = windows.get(key);
  if (known !== undefined && known.from <= moment && moment < known.until) return known;
  const window = {
    from: lastLocalTime(reset_at, zone, moment),
    until: nextLocalTime(reset_at, zone, moment),
  };
  windows.set(key, window);
  return window;
}

/** The first reset after a moment. */
export const nextReset = (schedule: ResetSchedule, moment: Micros): Micros =>
  windowOf(schedule, Math.max(moment, schedule.reset_since - 1)).until;

/** The last reset up to a moment; undefined while the schedule does not apply yet. */
export function lastReset(schedule: ResetSchedule, moment: Micros): Micros | undefined {
  const { from } = windowOf(schedule, moment);
  return from >= schedule.reset_since ? from : undefined;
}
