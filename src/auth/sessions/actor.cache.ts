import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Actor } from '../../access/actor.js';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { Reloads } from '../../platform/settings/reloads.js';
import { ActorChanges } from './actor.changes.js';
import { type LiveSession, SessionsRepository } from './sessions.repository.js';

const MOST_SESSIONS = 10_000;

/**
 * The actors of live sessions, kept until PostgreSQL says that one changed.
 * The database is asked whenever that word might be late.
 */
@Injectable()
export class ActorCache {
  private readonly sessionsOfUser = new Map<number, Set<string>>();
  private readonly kept = new LRUCache<string, LiveSession>({
    max: MOST_SESSIONS,
    dispose: ({ actor }, sessionId) => this.unlink(actor.id, sessionId),
  });
  /** Counts changes: what was loaded while one was heard may be older than it. */
  private epoch = 0;

  constructor(
    private readonly sessions: SessionsRepository,
    private readonly database: Database,
    private readonly changes: ActorChanges,
    private readonly clock: Clock,
    reloads: Reloads,
  ) {
    // What an actor may do is kept with it.
    reloads.whenReloaded(() => this.forget());
    changes.subscribe((subject, id) => {
      if (subject === 'everything') return this.forget();
      this.epoch += 1;
      if (subject === 'grant') this.kept.delete(id);
      else this.drop(Number(id));
    });
  }

  async actorOf(sessionId: string): Promise<Actor | undefined> {
    if (!this.changes.isCurrent()) return this.sessions.actorOf(this.database, sessionId);
    const known = this.kept.get(sessionId);
    if (known !== undefined && known.ends_at > this.clock.now()) return known.actor;
    const { epoch } = this;
    const loaded = await this.sessions.read(this.database, sessionId);
    if (loaded !== undefined && epoch === this.epoch && this.changes.isCurrent())
      this.keep(sessionId, loaded);
    return loaded?.actor;
  }

  private keep(sessionId: string, session: LiveSession): void {
    this.kept.set(sessionId, session);
    const { id } = session.actor;
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
