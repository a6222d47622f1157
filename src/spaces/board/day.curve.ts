import { Injectable } from '@nestjs/common';
import { shownOf } from '../counting/counted.space.js';
import { MINUTE, toIso } from '../counting/instant.js';
import { HistoryReader } from '../history/history.reader.js';
import type { LocalDay } from '../history/local.calendar.js';
import { stepEdges } from '../history/time.steps.js';
import type { Board } from './board.schemas.js';

/** How full a space was today, by its own clocks. */
@Injectable()
export class DayCurve {
  constructor(private readonly reader: HistoryReader) {}

  /** Minute by minute, where something happened. @throws Problem 404. */
  today(spaceId: string): Promise<Board['day']> {
    return this.reader.read(spaceId, async (reading) => {
      const { calendar, now } = reading;
      const [{ from, to }] = [...calendar.days(now, now + 1)] as [LocalDay];
      // A minute more in front says what the count was when the day began.
      const edges = [from - MINUTE, ...stepEdges(calendar, '1m', from, to)];
      const [before, ...minutes] = await this.reader.steps(reading, edges);
      const points = [
        { at: toIso(from), occupancy: shownOf(before?.last ?? 0) },
        ...minutes
          .filter(({ eventful }) => eventful)
          .map((minute) => ({ at: toIso(minute.from), occupancy: shownOf(minute.last) })),
      ];
      return { from: toIso(from), to: toIso(to), time_zone: calendar.zone, points };
    });
  }
}
