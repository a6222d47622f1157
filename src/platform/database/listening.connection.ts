import type { Notification } from 'pg';
import { log } from '../log/log.js';
import { DatabaseClient } from './client.js';
import { type Database, type Queryable, run, type Sql } from './database.js';

const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** Who listens, and to what. */
interface Listening {
  channel: string;
  /** Completes the sentence "the connection that hears of ... was lost". */
  about: string;
  /** How often the connection is tried. */
  heartbeatMs: number;
  heard: (payload: string) => void;
  /** The connection is gone: until the next `resumed` notifications are missed, and locks of the session are free. */
  interrupted?: () => void;
  /** A connection listens; what was missed is to be made up for now. */
  resumed?: (connection: Queryable) => Promise<void>;
}

/** A connection of its own on which PostgreSQL tells what others did (LISTEN); when it is lost, it comes back by itself. */
export class ListeningConnection implements Queryable {
  private client: DatabaseClient | undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;
  private heardAt = Number.NEGATIVE_INFINITY;
  private pause = SHORTEST_PAUSE_MS;
  private stopped = false;
  private readonly lost = new WeakSet<DatabaseClient>();

  constructor(
    private readonly database: Database,
    private readonly listening: Listening,
  ) {}

  /** Whether the other side answered within so many milliseconds. */
  answeredWithin(milliseconds: number): boolean {
    return this.client !== undefined && performance.now() - this.heardAt < milliseconds;
  }

  /** Runs a statement in the session that listens. @throws Error while there is none. */
  async query<Row>(sql: Sql): Promise<Row[]> {
    const { client } = this;
    if (client === undefined) throw new Error('Connection terminated: it is being opened again');
    return run<Row>(client, sql);
  }

  /**
   * Resolves when what was notified before the call has been heard, or when nobody listens.
   * PostgreSQL delivers what is pending before it is ready for the next statement (protocol, asynchronous operations).
   */
  async settle(): Promise<void> {
    const { client } = this;
    if (client !== undefined) await this.beat(client);
  }

  async start(): Promise<void> {
    const { heard, channel, resumed, heartbeatMs } = this.listening;
    const client = new DatabaseClient(this.database.ownConnection());
    client.on('notification', ({ payload = '' }: Notification) => heard(payload));
    client.on('error', (error) => this.lose(client, error));
    client.on('end', () => this.lose(client));
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      await resumed?.({ query: (sql) => run(client, sql) });
    } catch (error) {
      this.lose(client, error);
      return;
    }
    if (this.stopped) return client.end();
    this.client = client;
    this.heardAt = performance.now();
    this.pause = SHORTEST_PAUSE_MS;
    this.heartbeat = setInterval(() => void this.beat(client), heartbeatMs);
    this.heartbeat.unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    const { client } = this;
    this.forget();
    await client?.end();
  }

  private async beat(client: DatabaseClient): Promise<void> {
    try {
      await client.query('SELECT 1');
      if (client === this.client) this.heardAt = performance.now();
    } catch (error) {
      this.lose(client, error);
    }
  }

  private lose(client: DatabaseClient, error?: unknown): void {
    if (client === this.client) this.forget();
    // One loss is told several times: by the statement, as an error, as the end.
    if (this.stopped || this.lost.has(client)) return;
    this.lost.add(client);
    log.warn(
      { err: error },
      `the connection that hears of ${this.listening.about} was lost; opening it again`,
    );
    client
      .end()
      .catch((cause: unknown) => log.debug({ err: cause }, 'the lost connection could not be closed'));
    this.retry = setTimeout(() => void this.start(), this.pause);
    this.retry.unref();
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }

  private forget(): void {
    this.client = undefined;
    clearInterval(this.heartbeat);
    this.listening.interrupted?.();
  }
}
