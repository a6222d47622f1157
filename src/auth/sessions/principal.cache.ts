import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { Settings } from '../../platform/settings/settings.js';
import { PrincipalChanges } from './principal.changes.js';
import { type LiveSession, SessionsRepository } from './sessions.repository.js';

const MOST_SESSIONS = 10_000;

/**
 * The users of live sessions, kept until PostgreSQL says that one changed.
 * The database is asked whenever that word might be late.
 */
@Injectable()
export class PrincipalCache {
  private readonly sessionsOfUser = new Map<number, Set<string>>();
  private readonly kept = new LRUCache<string, LiveSession>({
    max: MOST_SESSIONS,
    dispose: ({ user }, sessionId) => this.unlink(user.id, sessionId),
  });
  /** Counts changes: what was loaded while one was heard may be older than it. */
  private epoch = 0;
  /** What a user may do is kept with them, as the permission table had it. */
  private permissions: unknown;

  constructor(
    private readonly sessions: SessionsRepository,
    private readonly database: Database,
    private readonly changes: PrincipalChanges,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {
    changes.subscribe((subject, id) => {
      if (subject === 'everything') return this.forget();
      this.epoch += 1;
      if (subject === 'session') this.kept.delete(id);
      else this.drop(Number(id));
    });
  }

  async sessionOf(sessionId: string): Promise<LiveSession | undefined> {
    const { permissions } = this.settings.current;
    if (permissions !== this.permissions) this.forget();
    this.permissions = permissions;
    if (!this.changes.isCurrent()) return this.sessions.read(this.database, sessionId);
    const known = this.kept.get(sessionId);
    if (known !== undefined && known.ends_at > this.clock.now()) return known;
    const { epoch } = this;
    const loaded = await this.sessions.read(this.database, sessionId);
    if (loaded !== undefined && epoch === this.epoch && this.changes.isCurrent())
      this.keep(sessionId, loaded);
    return loaded;
  }

  private keep(sessionId: string, session: LiveSession): void {
    this.kept.set(sessionId, session);
    const { id } = session.user;
    const siblings = this.sessionsOfUser.get(id);
    if (siblings === undefined) this.sessionsOfUser.set(id, new Set([sessionId]));
    else siblings.add(sessionId);
  }

  private forget(): void {
    this.epoch += 1;
    this.kept.clear();
  }

  private drop(userId: number): void {
    for (const sessionId of [...(this.sessionsOfUser.get(userId) ?? [])]) this.kept.delete(sessionId);
  }

  private unlink(userId: number, sessionId: string): void {
    const siblings = this.sessionsOfUser.get(userId);
    siblings?.delete(sessionId);
    if (siblings?.size === 0) this.sessionsOfUser.delete(userId);
  }
}
