import type { Passage, SpaceSeed } from '../../spaces/seed-data/space.seed-data.js';
import type { SeededRandom } from './random.js';
import { ROOMS } from './words.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Visits of a day to a room of a hundred places. */
const VISITS = 160;

/** A UUID of version 4 (RFC 9562, 5.4) that is the same for the same seed. */
function seededUuid(random: SeededRandom): string {
  const hex = Array.from({ length: 32 }, () => random.between(0, 15).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** When somebody comes: most around the busy hour, nobody at night. */
function arrival(random: SeededRandom, midnight: number, busyHour: number): number {
  const spread = random.next() + random.next() + random.next() - 1.5;
  return midnight + busyHour * HOUR + spread * 3 * HOUR;
}

/**
 * A building with four rooms and those who came through its doors yesterday and today.
 * @param today midnight in UTC, milliseconds since the epoch.
 * @param now what lies behind it has not happened yet.
 */
export function makeTraffic(random: SeededRandom, today: number, now: number): SpaceSeed {
  const since = today - DAY;
  const counting_since = new Date(since).toISOString();
  const shared = { time_zone: 'UTC', counting_since, reset_at: '03:00' };
  const house = seededUuid(random);
  const entrance = seededUuid(random);
  const rooms = ROOMS.map((room) => ({ ...room, id: seededUuid(random), door: seededUuid(random) }));
  const passages = new Map<string, Passage[]>(
    [entrance, ...rooms.map(({ door }) => door)].map((id) => [id, []]),
  );
  const pass = (door: string, time: number, delta: number): void => {
    // Drawn for those of the future as well, so that the day begins alike whenever it is made.
    const passage = { event_id: seededUuid(random), at: new Date(Math.floor(time)).toISOString(), delta };
    if (time < now) passages.get(door)?.push(passage);
  };
  for (const midnight of [since, today]) {
    for (const { door, capacity, busy_hour } of rooms) {
      for (let visits = Math.round((capacity / 100) * VISITS); visits > 0; visits -= 1) {
        const came = arrival(random, midnight, busy_hour);
        const walk = random.between(1, 3) * MINUTE;
        const stay = random.between(15, 110) * MINUTE;
        pass(entrance, came, 1);
        pass(door, came + walk, 1);
        pass(door, came + walk + stay, -1);
        pass(entrance, came + 2 * walk + stay, -1);
      }
    }
  }
  for (const passed of passages.values()) passed.sort((a, b) => a.at.localeCompare(b.at));
  return {
    spaces: [
      { id: house, kind: 'building', name: 'Quay House', capacity: 320, ...shared },
      ...rooms.map(({ id, name, capacity, over_capacity }) => ({
        id,
        parent_id: house,
        kind: 'room' as const,
        name,
        capacity,
        over_capacity,
        counting_since,
      })),
    ],
    doors: [
      { id: entrance, name: 'Main entrance', from_space_id: null, to_space_id: house },
      ...rooms.map(({ id, door, name }) => ({
        id: door,
        name: `Door of the ${name.toLowerCase()}`,
        from_space_id: house,
        to_space_id: id,
      })),
    ],
    passages,
  };
}
