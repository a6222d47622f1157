import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Client } from 'pg';
import { Database } from '../../platform/database/database.js';
import { log } from '../../platform/http/log.js';

const HEARTBEAT_MS = 250;
/** Without an answer for this long the connection counts as stalled. */
const STALL_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

export type ChangeListener = (subject: 'user' | 'grant' | 'everything', id: string) => void;

/** Hears from PostgreSQL whose state changed, on a connection of its own. */
@Injectable()
export class ActorChanges implements OnModuleInit, OnModuleDestroy {
  private client: Client | undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;
  private heardAt = Number.NEGATIVE_INFINITY;
  private pause = HEARTBEAT_MS;
  private stopped = false;
  private readonly lost = new WeakSet<Client>();
  private listener: ChangeListener = () => undefined;

  constructor(private readonly database: Database) {}

  /** The one who is told of every change, before a settle() that follows it resolves. */
  subscribe(listener: ChangeListener): void {
    this.listener = listener;
  }

  /** Whether a change would have been heard: false means that nothing kept may be trusted. */
  isCurrent(): boolean {
    return this.client !== undefined && performance.now() - this.heardAt < STALL_MS;
  }

  /**
   * Resolves when changes committed before the call have been heard, or when nobody listens and nothing is kept.
   * PostgreSQL delivers what is pending before it is ready for the next statement (protocol, asynchronous operations).
   */
  async settle(): Promise<void> {
    const { client } = this;
    if (client !== undefined) await this.beat(client);
  }

  async onModuleInit(): Promise<void> {
    await this.connect();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    const { client } = this;
    this.forget();
    await client?.end();
  }

  private async connect(): Promise<void> {
    const client = new Client(this.database.ownConnection());
    client.on('notification', ({ payload = '' }) => {
      const [subject, id = ''] = payload.split(' ');
      this.listener(subject === 'user' || subject === 'grant' ? subject : 'everything', id);
    });
    client.on('error', (error) => this.lose(client, error));
    client.on('end', () => this.lose(client));
    try {
      await client.connect();
      await client.query('LISTEN actor_changed');
    } catch (error) {
      this.lose(client, error);
      return;
    }
    if (this.stopped) return client.end();
    this.client = client;
    this.heardAt = performance.now();
    this.pause = HEARTBEAT_MS;
    this.heartbeat = setInterval(() => void this.beat(client), HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  private async beat(client: Client): Promise<void> {
    try {
      await client.query('SELECT 1');
      if (client === this.client) this.heardAt = performance.now();
    } catch (error) {
      this.lose(client, error);
    }
  }

  /** Until there is a new connection every question goes to the database. */
  private lose(client: Client, error?: unknown): void {
    if (client === this.client) this.forget();
    // One loss is told several times: by the statement, as an error, as the end.
    if (this.stopped || this.lost.has(client)) return;
    this.lost.add(client);
    log.warn(
      { err: error },
      'the connection that hears of changed users was lost; asking the database each time until it is back',
    );
    client
      .end()
      .catch((cause: unknown) => log.debug({ err: cause }, 'the lost connection could not be closed'));
    this.retry = setTimeout(() => void this.connect(), this.pause);
    this.retry.unref();
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }

  private forget(): void {
    this.client = undefined;
    clearInterval(this.heartbeat);
    this.listener('everything', '');
  }
}
