import { randomUUID } from 'node:crypto';
import type { Desk, Instance } from './desk.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A zone in which it is now some minutes past this hour, so that a day has a past whenever the test runs. */
export function zoneWhereItIs(hour: number, now = Date.now()): string {
  const offset = ((hour - new Date(now).getUTCHours() + 36) % 24) - 12;
  // The names of these zones have the sign of POSIX: west is positive.
  return offset === 0 ? 'Etc/GMT' : `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`;
}

/** How full an office is at an hour of its day, as a share of its people. */
function shareAt(hour: number): number {
  const rise = 1 / (1 + Math.exp(-(hour - 9) * 2.2));
  const lunch = 0.38 * Math.exp(-(((hour - 12.7) / 0.7) ** 2));
  const fall = 1 / (1 + Math.exp((hour - 17.6) * 1.7));
  return rise * fall - lunch;
}

/** A space with a display, whose day so far is that of an office. */
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

  /** @param people how many the office has. */
  private async fillDay(people: number, hour: number, now: number): Promise<void> {
    const minutes = new Date(now).getUTCMinutes();
    const events: unknown[] = [];
    let inside = 0;
    for (let minute = 0; minute <= hour * 60 + minutes; minute += 4) {
      const wave = 0.03 * Math.sin(minute / 7) + 0.02 * Math.sin(minute / 3);
      const wanted = Math.max(0, Math.round(people * (shareAt(minute / 60) + (minute > 480 ? wave : 0))));
      if (wanted === inside) continue;
      const at = new Date(now - (hour * 60 + minutes - minute) * MINUTE_MS).toISOString();
      events.push({ event_id: randomUUID(), delta: wanted - inside, at });
      inside = wanted;
    }
    await this.send(events, this.desk);
  }

  private async send(events: unknown[], on: Instance): Promise<void> {
    const answer = await on.ask('POST', `/api/v1/spaces/${this.id}/events`, { as: 'support', body: events });
    if (answer.status !== 200 || answer.body.counted !== events.length)
      throw new Error(`not counted: ${answer.text}`);
  }
}
