import { shownOf } from '../counting/counted.space.js';
import { MINUTE, SECOND, type Micros } from '../counting/instant.js';

/** What all events of one instant did together: propagated deltas first, then a recount, then people. */
export interface Change {
  at: Micros;
  propagated: number;
  /** What a recount set the count to; null without one. */
  set: number | null;
  entered: number;
  departed: number;
}

/**
 * A stretch of time in which something happened. `min`, `max` and `last` are signed and of the moments that it holds,
 * its beginning included and its end not; `person_seconds` are of what was shown, which is never below 0.
 */
export interface RollUp {
  at: Micros;
  entered: number;
  departed: number;
  min: number;
  max: number;
  last: number;
  person_seconds: number;
}

const minuteOf = (at: Micros): Micros => Math.floor(at / MINUTE) * MINUTE;

/** Makes minutes of the changes of a space, which come in the order of their time; a minute without a change has none. */
export class MinuteFold {
  private minute: RollUp | undefined;
  /** Until when the person-time of the open minute is summed up, and the sum. */
  private counted: Micros = 0;
  private personMicros = 0;

  /** @param last the count before the first change. */
  constructor(private last: number) {}

  /** @returns the minutes that these changes have ended. */
  take(changes: readonly Change[]): RollUp[] {
    const ended: RollUp[] = [];
    for (const change of changes) {
      const at = minuteOf(change.at);
      if (at !== this.minute?.at) {
        ended.push(...this.end());
        this.open(at, change.at);
      }
      this.apply(change);
    }
    return ended;
  }

  /** @returns the last minute, if there is one, as if nothing happened in the rest of it. */
  end(): RollUp[] {
    const { minute } = this;
    if (minute === undefined) return [];
    this.minute = undefined;
    const rest = (minute.at + MINUTE - this.counted) * shownOf(this.last);
    return [{ ...minute, last: this.last, person_seconds: (this.personMicros + rest) / SECOND }];
  }

  private open(at: Micros, first: Micros): void {
    this.counted = at;
    this.personMicros = 0;
    // With a change at the very beginning the count before it was never seen within the minute.
    const [min, max] = first === at ? [Infinity, -Infinity] : [this.last, this.last];
    this.minute = { at, entered: 0, departed: 0, min, max, last: this.last, person_seconds: 0 };
  }

  private apply({ at, propagated, set, entered, departed }: Change): void {
    const minute = this.minute as RollUp;
    this.personMicros += (at - this.counted) * shownOf(this.last);
    this.counted = at;
    this.last = (set ?? this.last + propagated) + entered - departed;
    minute.entered += entered;
    minute.departed += departed;
    minute.min = Math.min(minute.min, this.last);
    minute.max = Math.max(minute.max, this.last);
  }
}
