import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { knownMigrations } from '../database/migrate.js';
import { log } from '../http/log.js';

type Check = 'ok' | 'failed' | 'unknown';

interface Report {
  status: 'ok' | 'unavailable' | 'stopping';
  checks: { database: Check; migrations: Check; keys: Check };
}

const PATIENCE_MS = 1_000;

/** Whether requests can be served now; `stopping` from the first signal on. */
@Injectable()
export class Readiness {
  private stopping = false;
  private readonly onStop: (() => void)[] = [];

  constructor(private readonly database: Database) {}

  stop(): void {
    this.stopping = true;
    for (const listener of this.onStop) listener();
  }

  /** Calls back when the stop begins: for answers that would never end by themselves. */
  whenStopping(listener: () => void): void {
    this.onStop.push(listener);
  }

  get isStopping(): boolean {
    return this.stopping;
  }

  async check(): Promise<Report> {
    const state = await this.askDatabase();
    const checks: Report['checks'] = {
      database: state ? 'ok' : 'failed',
      migrations: state ? (state.migrations === knownMigrations.length ? 'ok' : 'failed') : 'unknown',
      keys: state ? (state.keys ? 'ok' : 'failed') : 'unknown',
    };
    const fine = Object.values(checks).every((check) => check === 'ok');
    return { status: this.stopping ? 'stopping' : fine ? 'ok' : 'unavailable', checks };
  }

  private async askDatabase(): Promise<{ migrations: number; keys: boolean } | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    });
    const asked = this.database
      .query<{ migrations: number; keys: boolean }>({
        prepare: true,
        text: `SELECT (SELECT count(*) FROM migrations WHERE name = ANY ($1)) AS migrations,
                      EXISTS (SELECT FROM signing_keys WHERE state = 'active') AS keys`,
        values: [knownMigrations],
      })
      .then(([row]) => row)
      .catch((error: unknown) => {
        log.warn({ err: error }, 'the database does not answer the readiness check');
        return undefined;
      });
    try {
      return await Promise.race([asked, patience]);
    } finally {
      clearTimeout(timer);
    }
  }
}
