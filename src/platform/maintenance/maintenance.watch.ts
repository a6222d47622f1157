import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Gauge } from 'prom-client';
import type { Config } from '../../../config/env.js';
import { CONFIG } from '../settings/config.js';
import { Database } from '../database/database.js';
import { log } from '../log/log.js';
import { registry } from '../metrics/metrics.js';
import { followFlag } from './maintenance.flag.js';
import { readMaintenance } from './maintenance.repository.js';
import { type Maintenance, NONE } from './maintenance.schemas.js';

/** All instances agree within a second: this, and the time that one question takes. */
const EVERY_MS = 300;

const closed = new Gauge({
  name: 'maintenance_active',
  help: '1 while a maintenance closes something: its refusals are no failures.',
  registers: [registry],
});

/** What this instance knows of maintenance. While the database is away it stays as it was last seen. */
@Injectable()
export class MaintenanceWatch implements OnModuleDestroy {
  private known: Maintenance = NONE;
  private timer: NodeJS.Timeout | undefined;
  private reachable = true;
  private flagFollows = true;
  private stopped = false;

  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  get current(): Maintenance {
    return this.known;
  }

  /** Asks once before it resolves, so that an instance that starts agrees with the others from its first request on. */
  async start(): Promise<void> {
    await this.ask();
    await this.raiseFlag();
    this.next();
  }

  onModuleDestroy(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private next(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.look(), EVERY_MS);
    this.timer.unref();
  }

  private async look(): Promise<void> {
    const before = this.known;
    await this.ask();
    const { state, mode } = this.known;
    const changed = state !== before.state || mode !== before.mode;
    if (changed) log.info({ maintenance: this.known }, `maintenance: ${state}`);
    if (changed || !this.flagFollows) await this.raiseFlag();
    this.next();
  }

  private async ask(): Promise<void> {
    try {
      this.known = await readMaintenance(this.database);
      closed.set(this.known.state === 'active' && this.known.mode !== 'notice' ? 1 : 0);
      this.reachable = true;
    } catch (error) {
      // Once for each time the database is away; a query that stops is its end as well.
      if (this.reachable && !this.stopped)
        log.warn({ err: error }, 'maintenance cannot be asked about; it stays as it was');
      this.reachable = false;
    }
  }

  private async raiseFlag(): Promise<void> {
    try {
      await followFlag(this.config, this.known);
      this.flagFollows = true;
    } catch (error) {
      // Once, and again when a later one fails: each look tries until then.
      if (this.flagFollows)
        log.warn({ err: error }, 'the flag of maintenance in DATA_DIR could not be written; trying again');
      this.flagFollows = false;
    }
  }
}
