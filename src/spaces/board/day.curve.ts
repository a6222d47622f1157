import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { shownOf } from '../counting/counted.space.js';
import { toIso } from '../counting/instant.js';
import { localSettingsOf } from '../tree/local-settings.js';
import { DEFAULT_TIME_ZONE, lastLocalTime, nextLocalTime } from '../tree/local-time.js';
import type { Board } from './board.schemas.js';

/** How full a space was today, by its own clocks. */
@Injectable()
export class DayCurve {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async today(spaceId: string): Promise<Board['day']> {
    const settings = (await localSettingsOf(this.database, [spaceId])).get(spaceId);
    const time_zone = settings?.time_zone ?? DEFAULT_TIME_ZONE;
    const now = this.clock.now() * 1_000;
    const from = lastLocalTime('00:00', time_zone, now);
    const to = nextLocalTime('00:00', time_zone, now);
    const rows = await this.database.query<{ at: string; value: number }>({
      text: `SELECT at, sum(delta) OVER (ORDER BY at) AS value FROM space_events WHERE space_id = $1 AND at < $2 ORDER BY at`,
      values: [spaceId, toIso(to)],
    });
    const all = rows.map(({ at, value }) => ({ at, occupancy: shownOf(Number(value)) }));
    const before = all.findLast(({ at }) => at < toIso(from))?.occupancy ?? 0;
    const points = [{ at: toIso(from), occupancy: before }, ...all.filter(({ at }) => at >= toIso(from))];
    return { from: toIso(from), to: toIso(to), time_zone, points };
  }
}
