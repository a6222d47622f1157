import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '../database/database.js';
import { log } from '../log/log.js';
import { JobHandlers } from './job.handlers.js';
import { type JobPool, openJobPool } from './job.pool.js';

const RESTART_MS = 1_000;

/** Runs jobs from `start` to `stop`, whatever happens to the database meanwhile. Only some processes start it. */
@Injectable()
export class JobWorker implements OnModuleDestroy {
  private pool: JobPool | undefined;
  private running: Promise<void> | undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly database: Database,
    private readonly handlers: JobHandlers,
  ) {}

  start(): void {
    this.running ??= this.keepRunning();
  }

  /** Takes no more jobs and waits for the running ones, at most 6.5 s. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.pool?.stop();
    await this.running;
  }

  onModuleDestroy(): Promise<void> {
    return this.stop();
  }

  private async keepRunning(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        this.pool = await openJobPool(this.database, this.handlers);
        // Asked to stop while it started.
        if (signal.aborted) await this.pool.stop();
        await this.pool.ended;
      } catch (error) {
        log.error({ err: error }, 'the workers cannot start; trying again');
      }
      await delay(RESTART_MS, undefined, { signal }).catch(() => undefined); // A stop ends the pause.
    }
  }
}
