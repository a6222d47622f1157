import { setTimeout as delay } from 'node:timers/promises';
import type { OnModuleDestroy } from '@nestjs/common';
import type { Config } from '../../../config/env.js';
import type { Database } from '../../platform/database/database.js';
import { log } from '../../platform/log/log.js';
import type { KeyRing, VerificationKey } from './key.ring.js';
import { keyVersion, openKeyRing } from './key.store.js';

const EVERY_MS = 1_000;
/** Between looks for a name that we do not know: whoever makes names up costs the database ten questions a second. */
const SPACING_MS = 100;
/** A name as ours are: a SHA-256 thumbprint (RFC 7638). */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/** The keys as this instance knows them, which follow the database. While that is away they stay as they were. */
export class KeyWatch implements OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private coming: Promise<void> | undefined;
  private complained = false;
  private stopped = false;

  private constructor(
    private readonly config: Config,
    private readonly database: Database,
    private known: KeyRing,
  ) {}

  static async open(config: Config, database: Database): Promise<KeyWatch> {
    return new KeyWatch(config, database, await openKeyRing(config, database));
  }

  get current(): KeyRing {
    return this.known;
  }

  start(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.lookOnce(), EVERY_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /**
   * The public key that a token may name. A name that may be one of ours is looked for in the database: another
   * instance can sign with a key that is younger than our last look.
   */
  async find(kid: string): Promise<VerificationKey | undefined> {
    const found = this.known.find(kid);
    if (found !== undefined || !THUMBPRINT.test(kid)) return found;
    await this.lookSoon();
    return this.known.find(kid);
  }

  /** One look, which has not begun yet, for all who ask meanwhile. */
  private lookSoon(): Promise<void> {
    this.coming ??= delay(SPACING_MS).then(() => {
      this.coming = undefined;
      return this.look();
    });
    return this.coming;
  }

  private async look(): Promise<void> {
    if ((await keyVersion(this.config, this.database)) === this.known.version) return;
    this.known = await openKeyRing(this.config, this.database);
    log.info({ kids: this.known.jwks.keys.map(({ kid }) => kid) }, 'the signing keys have changed');
  }

  private async lookOnce(): Promise<void> {
    try {
      await this.look();
      this.complained = false;
    } catch (error) {
      // Once for each time; a query that stops is its end as well.
      if (!this.complained && !this.stopped)
        log.warn({ err: error }, 'the signing keys cannot be read; they stay as they were');
      this.complained = true;
    }
    this.start();
  }
}
