import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { log } from '../../platform/log/log.js';
import { CountHooks } from '../counting/count.hooks.js';

export const CHANNEL = 'space_changed';

/** A notification takes a lock on the whole database when it is committed: each instance sends at most ten a second. */
const PAUSE_MS = 100;
/** A payload holds less than 8,000 bytes: 200 ids are 7,400. */
const IDS_A_PAYLOAD = 200;

/**
 * Notifies all instances of spaces whose numbers changed. A notification may be lost when an instance ends or a connection
 * breaks, so the hub also compares `seq` from time to time.
 */
@Injectable()
export class CountChanges implements OnModuleDestroy {
  private readonly waiting = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private sentAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly database: Database,
    hooks: CountHooks,
  ) {
    hooks.whenChanged((spaceIds) => this.changed(spaceIds));
  }

  /** To be called once the numbers are committed. */
  changed(spaceIds: Iterable<string>): void {
    for (const id of spaceIds) this.waiting.add(id);
    if (this.waiting.size === 0) return;
    const pause = Math.max(0, this.sentAt + PAUSE_MS - performance.now());
    this.timer ??= setTimeout(() => void this.send(), pause);
  }

  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.timer);
    await this.send();
  }

  private async send(): Promise<void> {
    this.timer = undefined;
    const ids = [...this.waiting];
    if (ids.length === 0) return;
    this.waiting.clear();
    this.sentAt = performance.now();
    try {
      await this.database.query({
        prepare: true,
        text: 'SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload',
        values: [CHANNEL, payloadsOf(ids)],
      });
    } catch (error) {
      log.warn(
        { err: error, spaces: ids.length },
        'changed spaces were not announced: watchers see them later',
      );
    }
  }
}

function payloadsOf(ids: string[]): string[] {
  const payloads: string[] = [];
  for (let start = 0; start < ids.length; start += IDS_A_PAYLOAD)
    payloads.push(ids.slice(start, start + IDS_A_PAYLOAD).join(' '));
  return payloads;
}
