import type { Tx } from '../platform/database/database.js';

/** The sessions of users; implemented by the authentication, which stands above this folder. */
export abstract class Sessions {
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
