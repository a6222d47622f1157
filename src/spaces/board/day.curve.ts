import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { MINUTE, toIso, toMicros } from '../counting/instant.js';
import { OccupancyHistory } from '../history/occupancy.history.js';
import { localSettingsOf } from '../tree/local-settings.js';
import { DEFAULT_TIME_ZONE, lastLocalTime, nextLocalTime } from '../tree/local-time.js';
import type { Board } from './board.schemas.js';
import type { Principal } from '../../access/principal.js';

/** Finer than a screen can show. */
const STEP = '5m';
const STEP_MICROS = 5 * MINUTE;

/** How full a space was today, by its own clocks. */
@Injectable()
export class DayCurve {
  constructor(
    private readonly history: OccupancyHistory,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem 404. */
  async today(principal: Principal, spaceId: string): Promise<Board['day']> {
    const settings = (await localSettingsOf(this.database, [spaceId])).get(spaceId);
    const zone = settings?.time_zone ?? DEFAULT_TIME_ZONE;
    const now = this.clock.now() * 1_000;
    const from = lastLocalTime('00:00', zone, now);
    const { items } = await this.history.series(principal, spaceId, {
      // The step before ends with what the day begins with.
      from: toIso(from - STEP_MICROS),
      to: toIso(now),
      step: STEP,
      fill: 'previous',
    });
    return {
      from: toIso(from),
      to: toIso(nextLocalTime('00:00', zone, now)),
      time_zone: zone,
      points: items.flatMap(({ to, last }) =>
        last === null ? [] : [{ at: toIso(Math.min(toMicros(to), now)), occupancy: last }],
      ),
    };
  }
}
