import type { Queryable, Tx } from '../platform/database/database.js';
import type { Actor } from './actor.js';

/** The live sessions; implemented by the authentication, which stands above this folder. */
export abstract class Sessions {
  /** The actor of a live session, read now; undefined when the session or its user is gone, or may not sign in. */
  abstract actorOf(db: Queryable, sessionId: string): Promise<Actor | undefined>;

  /** The same for many sessions at once, by session; those that are gone are not in it. */
  abstract actorsOf(db: Queryable, sessionIds: string[]): Promise<Map<string, Actor>>;

  /** Whether a session that still lasts began by a sign-in so recently; a refresh makes none younger. */
  abstract beganWithin(sessionId: string, seconds: number): Promise<boolean>;

  /** Ends every session of a user, but the one to keep. */
  abstract end(tx: Tx, userId: number, keepSessionId?: string): Promise<void>;

  /**
   * Resolves when every change that was committed before the call is in force for requests to this instance.
   * A write to a user or a session awaits it (`tx.afterCommit`) before it answers.
   */
  abstract settle(): Promise<void>;
}
