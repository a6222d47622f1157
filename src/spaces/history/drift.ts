import { Injectable } from '@nestjs/common';
import { invalid } from '../../platform/errors/problem.js';
import { DAY, MINUTE, type Micros, toIso } from '../counting/instant.js';
import type { DriftAnswer, DriftQuery } from './drift.schemas.js';
import { HistoryReader, type Reading } from './history.reader.js';
import { type DoorSum, HistoryRepository } from './history.repository.js';
import type { LocalDay } from './local.calendar.js';
import { QUARTER, RollUpRepository } from './rollup.repository.js';
import type { StepTotal } from './series.builder.js';
import type { Principal } from '../../access/principal.js';

const USUAL_DAYS = 7;
const MOST_DAYS = 100;

type DoorDrift = DriftAnswer['items'][number]['doors'][number];

const doorDrift = (
  door_id: string | null,
  name: string | null,
  entered: number,
  departed: number,
): DoorDrift => ({
  door_id,
  name,
  in: entered,
  out: departed,
  drift: entered - departed,
});

/** How far in and out differ, by days and doors: the error of counting by sensors. */
@Injectable()
export class Drift {
  constructor(
    private readonly reader: HistoryReader,
    private readonly history: HistoryRepository,
    private readonly rollUps: RollUpRepository,
  ) {}

  /** @throws Problem 404, or 422 for a span that is empty or too long. */
  read(principal: Principal, spaceId: string, query: DriftQuery): Promise<DriftAnswer> {
    return this.reader.read(principal, spaceId, async (reading) => {
      const { tx, space, calendar } = reading;
      const days = daysAsked(reading, query);
      const first = days[0]?.from as Micros;
      // A minute more in front says what the count was when the first day began.
      const [before, ...steps] = await this.reader.steps(reading, [
        first - MINUTE,
        first,
        ...days.map(({ to }) => to),
      ]);
      const doors = await this.history.doors(tx, spaceId);
      const end = days.at(-1)?.to as Micros;
      const fresh = Math.min(end, await this.rollUps.earliestMark(tx, spaceId));
      const sums = await this.history.doorSums(tx, spaceId, days, Math.floor(fresh / QUARTER) * QUARTER);
      let last = before?.last ?? 0;
      const items = steps.flatMap((step, index): DriftAnswer['items'] => {
        if (step.seconds === 0) return [];
        const corrected = step.last - last - (step.entered - step.departed);
        last = step.last;
        const { date, from, to } = days[index] as LocalDay;
        return [
          {
            ...{ date, from: toIso(from), to: toIso(to), in: step.entered, out: step.departed },
            ...{ drift: step.entered - step.departed, corrected, last },
            doors: doorsOf(
              step,
              doors,
              sums.filter(({ span }) => span === index),
            ),
          },
        ];
      });
      return { space_id: space.id, time_zone: calendar.zone, items };
    });
  }
}

/** The days from and to which the query asks, today being the last one without it. */
function daysAsked({ calendar, now }: Reading, { from, to }: DriftQuery): LocalDay[] {
  const last = to === undefined ? calendar.today(now) : calendar.day(to);
  const first =
    from === undefined ? calendar.today(last - (USUAL_DAYS - 1) * DAY + DAY / 2) : calendar.day(from);
  if (first > last) throw invalid('from', 'must not lie after to');
  if (last - first > (MOST_DAYS - 0.5) * DAY)
    throw invalid('from', `must lie at most ${MOST_DAYS} days before to`);
  return [...calendar.days(first, last + 1)];
}

/** The present doors, deleted ones that somebody went through, and people counted without a door. */
function doorsOf(
  { entered, departed }: StepTotal,
  doors: readonly { id: string; name: string }[],
  sums: readonly DoorSum[],
): DoorDrift[] {
  const bySum = new Map(sums.map((sum) => [sum.door_id, sum]));
  const all = doors.map(({ id, name }) => {
    const sum = bySum.get(id);
    bySum.delete(id);
    return doorDrift(id, name, sum?.entered ?? 0, sum?.departed ?? 0);
  });
  for (const [id, sum] of bySum) all.push(doorDrift(id, null, sum.entered, sum.departed));
  const without = [
    entered - all.reduce((sum, door) => sum + door.in, 0),
    departed - all.reduce((sum, door) => sum + door.out, 0),
  ] as const;
  return without.some((count) => count !== 0) ? [...all, doorDrift(null, null, ...without)] : all;
}
