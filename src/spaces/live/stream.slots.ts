import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../platform/database/database.js';
import { LiveSession } from './live.session.js';

/** Who opens streams, and how many may be open at a time on all instances together. */
export interface StreamAllowance {
  /** `user 7` */
  holder: string;
  most: number;
  /**
   * How many streams of an instance share a lock: PostgreSQL has room for some thousand locks in all. With several
   * instances a holder of more than one stream a lock may be refused up to so many streams too early on each.
   */
  streams_a_lock: number;
}

interface Slot {
  key: string;
  streams: number;
}

/**
 * Counts open streams across instances: the streams of a holder are divided among numbered slots, and whoever has the
 * advisory lock of a slot may fill it. An instance that dies frees its slots with its session.
 *
 * Counted by each instance alone, "at most 10 streams a user" would be refused anywhere between the 11th and the 21st
 * on two, as nginx happens to spread them. As rows of a table the places of a killed instance would stay taken until
 * somebody swept them, just while its readers come back to the others; a lock ends with the session that took it.
 */
@Injectable()
export class StreamSlots {
  /** The slots that this instance has locked, by holder and number. */
  private readonly locked = new Map<string, Map<number, Slot>>();
  /** One question at a time: a session that asks twice for a lock gets it twice. */
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly session: LiveSession) {
    session.whenResumed((fresh) => this.lockAgain(fresh));
  }

  /**
   * @returns a function that releases the stream's place, or undefined when all are taken.
   * @throws Error of the driver while the session is lost.
   */
  async take(allowance: StreamAllowance): Promise<(() => void) | undefined> {
    const number = await this.inTurn(() => this.find(allowance));
    if (number === undefined) return undefined;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      // A lock that cannot be released was lost with its session.
      this.inTurn(() => this.release(allowance.holder, number)).catch(() => undefined);
    };
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(work);
    this.queue = turn.catch(() => undefined); // Whoever asked is told.
    return turn;
  }

  private async find({ holder, most, streams_a_lock }: StreamAllowance): Promise<number | undefined> {
    const own = this.locked.get(holder) ?? new Map<number, Slot>();
    for (const [number, slot] of own) {
      if (slot.streams >= streams_a_lock) continue;
      slot.streams += 1;
      return number;
    }
    const free = Array.from({ length: Math.ceil(most / streams_a_lock) }, (_, number) => number)
      .filter((number) => !own.has(number))
      .map((number) => ({ number, key: keyOf(holder, number) }));
    // Read row by row, so that it locks none after the first it gets.
    const [row] = await this.session.query<{ key: string }>({
      prepare: true,
      text: 'SELECT key::text FROM unnest($1::bigint[]) AS key WHERE pg_try_advisory_lock(key) LIMIT 1',
      values: [free.map(({ key }) => key)],
    });
    const found = free.find(({ key }) => key === row?.key);
    if (found === undefined) return undefined;
    own.set(found.number, { key: found.key, streams: 1 });
    this.locked.set(holder, own);
    return found.number;
  }

  private async release(holder: string, number: number): Promise<void> {
    const own = this.locked.get(holder);
    const slot = own?.get(number);
    if (own === undefined || slot === undefined) return;
    slot.streams -= 1;
    if (slot.streams > 0) return;
    own.delete(number);
    if (own.size === 0) this.locked.delete(holder);
    await this.session.query({
      prepare: true,
      text: 'SELECT pg_advisory_unlock($1::bigint)',
      values: [slot.key],
    });
  }

  /** A slot that another instance locked meanwhile stays used here too: a few streams too many until they end. */
  private async lockAgain(session: Queryable): Promise<void> {
    const keys = [...this.locked.values()].flatMap((own) => [...own.values()].map(({ key }) => key));
    if (keys.length === 0) return;
    await session.query({
      text: 'SELECT pg_try_advisory_lock(key) FROM unnest($1::bigint[]) AS key',
      values: [keys],
    });
  }
}

/** A number of 64 bits as PostgreSQL takes it; a collision of two holders is improbable enough to ignore. */
const keyOf = (holder: string, number: number): string =>
  String(hash('sha256', `stream ${number} of ${holder}`, 'buffer').readBigInt64BE());
