import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { JobHandlers } from '../../../src/platform/jobs/job.handlers.js';
import { dueResets, SpaceResets } from '../../../src/spaces/counting/resets.js';
import { HOUR, toMicros } from '../../../src/spaces/counting/instant.js';
import { lastReset, nextReset } from '../../../src/spaces/counting/reset.schedule.js';
import { type Desk, openDesk } from '../../support/desk.js';
import { insertSpace } from '../../support/spaces.js';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.close());

const ago = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
const timeOfDay = (moment: Date): string => moment.toISOString().slice(11, 16);

const pass = async (id: string, delta: number, at: Date): Promise<number> => {
  const answer = await desk.ask('POST', `/api/v1/spaces/${id}/events`, {
    as: 'support',
    body: { event_id: randomUUID(), delta, at: at.toISOString() },
  });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body.occupancy;
};

const occupancy = async (id: string): Promise<number> =>
  (await desk.ask('GET', `/api/v1/spaces/${id}/state`, { as: 'support' })).body.occupancy;

const resetsOf = (id: string) =>
  desk.database.query<{ at: string; delta: number }>({
    text: `SELECT at, delta FROM space_events WHERE space_id = $1 AND kind = 'reset' ORDER BY at`,
    values: [id],
  });

const runResets = () => desk.app.get(SpaceResets).run();

describe('a scheduled reset', () => {
  it('empties the space and its parts at its time, and what came after that time stays', async () => {
    const reset_at = timeOfDay(ago(10));
    const building = await insertSpace(desk.database, { kind: 'building', reset_at });
    const room = await insertSpace(desk.database, { parent: building });
    await desk.database.query({
      text: 'UPDATE spaces SET reset_since = now() - interval $$1 hour$$ WHERE id = $1',
      values: [building.id],
    });
    await pass(room.id, 5, ago(30));
    await pass(building.id, 2, ago(20));
    await pass(room.id, 3, ago(1));
    await runResets();
    expect([await occupancy(room.id), await occupancy(building.id)]).toEqual([3, 3]);
    // Late, from before the reset: the present is as it was.
    await pass(room.id, 4, ago(15));
    expect([await occupancy(room.id), await occupancy(building.id)]).toEqual([3, 3]);
    const [reset, ...more] = await resetsOf(building.id);
    expect(more).toEqual([]);
    expect(reset?.at.slice(11, 16)).toBe(reset_at);
    await runResets();
    expect(await resetsOf(building.id)).toHaveLength(1);
  });

  it('empties also of those whose events are no longer kept', async () => {
    const building = await insertSpace(desk.database, { kind: 'building' });
    const room = await insertSpace(desk.database, { parent: building });
    await pass(room.id, 20, ago(50));
    await pass(building.id, 1, ago(50));
    await desk.database.query({
      text: 'DELETE FROM space_events WHERE space_id = ANY ($1)',
      values: [[room.id, building.id]],
    });
    await desk.database.query({
      text: 'UPDATE spaces SET reset_at = $2, reset_since = now() - interval $$1 hour$$ WHERE id = $1',
      values: [room.id, timeOfDay(ago(10))],
    });
    await pass(room.id, 3, ago(1));
    await runResets();
    expect([await occupancy(room.id), await occupancy(building.id)]).toEqual([3, 4]);
  });

  it('is made for a day long past as soon as an event of that day comes', async () => {
    const space = await insertSpace(desk.database, {
      counting_since: '2005-07-24T07:00:00Z',
      accept_late_days: null,
      keep_events_days: null,
      reset_at: '00:00',
      time_zone: 'America/Los_Angeles',
    });
    await pass(space.id, 7, new Date('2005-07-26T03:00:00Z'));
    await pass(space.id, 2, new Date('2005-07-25T03:00:00Z'));
    expect((await resetsOf(space.id)).map(({ at }) => at)).toEqual([
      '2005-07-25T07:00:00Z',
      '2005-07-26T07:00:00Z',
    ]);
    expect(await occupancy(space.id)).toBe(0);
  });

  it('is made of every other space when that of one fails, and the job is tried again', async () => {
    const made = [1, 2, 3].map(() => insertSpace(desk.database, { reset_at: timeOfDay(ago(10)) }));
    const ids = (await Promise.all(made)).map(({ id }) => id).sort();
    const resets = async () => (await Promise.all(ids.map(resetsOf))).map(({ length }) => length);
    const owner = new pg.Client({ connectionString: desk.testDatabase.ownerUrl });
    await owner.connect();
    await owner.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no reset'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON space_events FOR EACH ROW
      WHEN (NEW.space_id = '${ids[0]}' AND NEW.kind = 'reset') EXECUTE FUNCTION refuse()`);
    try {
      await expect(runResets()).rejects.toMatchObject({ errors: [{ message: 'no reset' }] });
      expect(await resets()).toEqual([0, 1, 1]);
    } finally {
      await owner.query('DROP FUNCTION refuse CASCADE');
      await owner.end();
    }
    await runResets();
    expect(await resets()).toEqual([1, 1, 1]);
  });

  it('is a job of each minute', () => {
    expect(desk.app.get(JobHandlers).cronItems()).toContainEqual(
      expect.objectContaining({ task: 'spaces.reset', match: '* * * * *' }),
    );
  });
});

describe('the schedule', () => {
  const berlin = { zone: 'Europe/Berlin', reset_at: '04:00', reset_since: 0 };

  it('is right on days of 23 and of 25 hours', () => {
    const spring = nextReset(berlin, toMicros('2026-03-28T12:00:00Z'));
    expect(spring).toBe(toMicros('2026-03-29T02:00:00Z'));
    expect((nextReset(berlin, spring) - spring) / HOUR).toBe(24);
    expect((spring - (lastReset(berlin, spring - 1) ?? 0)) / HOUR).toBe(23);
    const autumn = nextReset(berlin, toMicros('2026-10-24T12:00:00Z'));
    expect(autumn).toBe(toMicros('2026-10-25T03:00:00Z'));
    expect((autumn - (lastReset(berlin, autumn - 1) ?? 0)) / HOUR).toBe(25);
  });

  it('takes a time that a spring night skips an hour later, and one that an autumn night repeats once', () => {
    const night = { ...berlin, reset_at: '02:30' };
    expect(nextReset(night, toMicros('2026-03-28T12:00:00Z'))).toBe(toMicros('2026-03-29T01:30:00Z'));
    const autumn = nextReset(night, toMicros('2026-10-24T12:00:00Z'));
    expect(autumn).toBe(toMicros('2026-10-25T00:30:00Z'));
    expect(nextReset(night, autumn)).toBe(toMicros('2026-10-26T01:30:00Z'));
  });

  it('applies from its beginning, makes up for a pause, and after a long one for the last day only', () => {
    const since = { ...berlin, zone: 'UTC', reset_since: toMicros('2026-05-10T00:00:00Z') };
    expect(lastReset(since, toMicros('2026-05-10T03:59:00Z'))).toBeUndefined();
    const day = (date: string) => toMicros(`${date}T04:00:00Z`);
    expect(dueResets(since, { anchored_at: null }, day('2026-05-12'))).toEqual([day('2026-05-12')]);
    expect(dueResets(since, { anchored_at: day('2026-05-10') }, day('2026-05-12'))).toEqual([
      day('2026-05-11'),
      day('2026-05-12'),
    ]);
    expect(dueResets(since, { anchored_at: day('2026-05-10') }, day('2026-09-12'))).toEqual([
      day('2026-09-12'),
    ]);
  });
});
