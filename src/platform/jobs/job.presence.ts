import type { ClientConfig } from 'pg';
import { DatabaseClient } from '../database/client.js';
import { log } from '../log/log.js';

/** First half of the advisory locks' keys; the second is the worker's name, hashed. */
const LOCK_CLASS = 20251201;
const RETRY_MS = 500;
/** What is wrong at two looks in a row is wrong: a worker that lives has that long to come back after a lost connection. */
const LOOK_MS = 5_000;

interface Worker {
  /** What the worker's jobs are locked by. */
  name: string;
  isRunning: (job: number) => boolean;
  /** The database holds jobs for this worker of which it knows nothing: the answer that gave them was lost. */
  onStrays: () => void;
}

/**
 * Says that a worker lives, by a lock of a connection of its own, and frees the jobs of workers that do not:
 * graphile-worker alone would keep those for four hours.
 */
export class JobPresence {
  private client: DatabaseClient | undefined;
  private seen = Promise.withResolvers<void>();
  private timer: NodeJS.Timeout | undefined;
  private missing: readonly string[] = [];
  private strays: readonly number[] = [];
  private closed = false;

  constructor(
    private readonly options: ClientConfig,
    private readonly worker: Worker,
  ) {
    void this.connect();
  }

  /** Fulfilled when others can see that this worker lives: a job that it takes before would be taken from it. */
  whenSeen(): Promise<void> {
    return this.seen.promise;
  }

  /** For a worker that takes no more jobs: nobody waits any longer. */
  stopWaiting(): void {
    this.seen.resolve();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.stopWaiting();
    clearTimeout(this.timer);
    await this.client?.end();
  }

  private async connect(): Promise<void> {
    const client = new DatabaseClient(this.options);
    // One loss is told several times: by the statement, as an error, as the end.
    let lost = false;
    const lose = (error?: unknown): void => {
      if (lost || this.closed) return;
      lost = true;
      this.lose(client, error);
    };
    client.on('error', lose).on('end', () => lose());
    try {
      await client.connect();
      await client.query('SELECT pg_advisory_lock($1, hashtext($2))', [LOCK_CLASS, this.worker.name]);
    } catch (error) {
      lose(error);
      return;
    }
    if (this.closed) return client.end();
    this.client = client;
    this.seen.resolve();
    const look = (): void => {
      this.timer = setTimeout(look, LOOK_MS);
      Promise.all([this.freeTheDead(client), this.findStrays(client)]).catch(lose);
    };
    look();
  }

  private lose(client: DatabaseClient, error: unknown): void {
    log.warn(
      { err: error },
      'the connection that shows that the worker lives was lost: no new jobs until it is back',
    );
    clearTimeout(this.timer);
    if (this.client !== undefined) this.seen = Promise.withResolvers();
    this.client = undefined;
    this.missing = [];
    client
      .end()
      .catch((cause: unknown) => log.debug({ err: cause }, 'the lost connection could not be closed'));
    this.timer = setTimeout(() => void this.connect(), RETRY_MS);
  }

  private async freeTheDead(client: DatabaseClient): Promise<void> {
    const { rows } = await client.query<{ worker: string }>(
      `WITH busy AS MATERIALIZED (SELECT DISTINCT locked_by FROM graphile_worker.jobs WHERE locked_by <> $2)
       SELECT locked_by AS worker FROM busy WHERE pg_try_advisory_xact_lock($1, hashtext(locked_by))`,
      [LOCK_CLASS, this.worker.name],
    );
    const missing = rows.map(({ worker }) => worker);
    const dead = missing.filter((worker) => this.missing.includes(worker));
    this.missing = missing;
    if (dead.length === 0) return;
    await client.query('SELECT graphile_worker.force_unlock_workers($1)', [dead]);
    log.warn({ workers: dead }, 'workers ended without a word: their jobs run again');
  }

  private async findStrays(client: DatabaseClient): Promise<void> {
    const { rows } = await client.query<{ id: number }>(
      'SELECT id FROM graphile_worker.jobs WHERE locked_by = $1',
      [this.worker.name],
    );
    const strays = rows.map(({ id }) => id).filter((id) => !this.worker.isRunning(id));
    if (strays.some((id) => this.strays.includes(id))) this.worker.onStrays();
    this.strays = strays;
  }
}
