import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Desk, Instance } from './desk.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** See test/data/README.md. */
const DOOR_COUNTS = 'test/data/building-door-counts.csv';
const DAY = '2005-08-18';

/** A zone in which it is now some minutes past this hour, so that a day has a past whenever the test runs. */
export function zoneWhereItIs(hour: number, now = Date.now()): string {
  const offset = ((hour - new Date(now).getUTCHours() + 36) % 24) - 12;
  // The names of these zones have the sign of POSIX: west is positive.
  return offset === 0 ? 'Etc/GMT' : `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`;
}

/** A Thursday of the building whose door was counted, as changes of its count by the minute of the day. */
function realDay(): { minute: number; delta: number }[] {
  const lines = readFileSync(DOOR_COUNTS, 'utf8').split('\n');
  return lines
    .filter((line) => line.startsWith(DAY))
    .map((line) => {
      const [start = '', entered, departed] = line.split(',');
      const minute = Number(start.slice(11, 13)) * 60 + Number(start.slice(14, 16));
      return { minute: minute + 15, delta: Number(entered) - Number(departed) };
    });
}

/** A space with a display, whose day so far is a real one. */
export class BoardSpace {
  private constructor(
    private readonly desk: Desk,
    readonly id: string,
    readonly displayId: string,
    readonly secret: string,
  ) {}

  static async make(
    desk: Desk,
    fields: Record<string, unknown> = {},
    { people = 0, hour = 15 } = {},
  ): Promise<BoardSpace> {
    const ask = async (path: string, body: unknown) => {
      const answer = await desk.ask('POST', `/api/v1${path}`, { as: 'manager', body });
      if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`);
      return answer.body;
    };
    const now = Date.now();
    const space = await ask('/spaces', {
      kind: 'room',
      name: 'Reading room',
      capacity: 120,
      time_zone: zoneWhereItIs(hour, now),
      counting_since: new Date(now - 26 * HOUR_MS).toISOString(),
      ...fields,
    });
    const display = await ask(`/spaces/${space.id}/display-tokens`, { name: 'Lobby' });
    const made = new BoardSpace(desk, space.id, display.id, display.secret);
    if (people > 0) await made.fillDay(people, hour, now);
    return made;
  }

  get path(): string {
    return `/board/${this.secret}`;
  }

  async revoke(): Promise<void> {
    await this.desk.ask('DELETE', `/api/v1/display-tokens/${this.displayId}`, { as: 'manager' });
  }

  /** Counts people in or out now. */
  async count(delta: number, on: Instance = this.desk): Promise<void> {
    await this.send([{ event_id: randomUUID(), delta, at: new Date().toISOString() }], on);
  }

  async setOccupancy(occupancy: number): Promise<void> {
    await this.desk.ask('PUT', `/api/v1/spaces/${this.id}/occupancy`, {
      as: 'support',
      body: { occupancy, reason: 'counted by hand' },
    });
  }

  /** @param people how many are inside at the end, which is now. */
  private async fillDay(people: number, hour: number, now: number): Promise<void> {
    const minutes = hour * 60 + new Date(now).getUTCMinutes();
    const past = realDay().filter(({ minute }) => minute < minutes);
    const scale = people / past.reduce((sum, { delta }) => sum + delta, 0);
    const events: unknown[] = [];
    let [real, inside] = [0, 0];
    const goTo = (wanted: number, minute: number) => {
      const at = new Date(now - (minutes - minute) * MINUTE_MS).toISOString();
      if (wanted !== inside) events.push({ event_id: randomUUID(), delta: wanted - inside, at });
      inside = wanted;
    };
    for (const { minute, delta } of past) goTo(Math.round((real += delta) * scale), minute);
    goTo(people, minutes);
    await this.send(events, this.desk);
  }

  private async send(events: unknown[], on: Instance): Promise<void> {
    const answer = await on.ask('POST', `/api/v1/spaces/${this.id}/events`, { as: 'support', body: events });
    if (answer.status !== 200 || answer.body.counted !== events.length)
      throw new Error(`not counted: ${answer.text}`);
  }
}
