import { Injectable } from '@nestjs/common';
import type { UserPrincipal } from '../../access/principal.js';
import { Principals } from '../../access/principals.js';
import { scopeOf } from '../../access/rights.js';
import { Sessions } from '../../access/sessions.js';
import { writeAudit } from '../../access/audit/audit.js';
import { Database, type Queryable, type Tx } from '../../platform/database/database.js';
import { unauthenticated } from '../../platform/errors/problem.js';
import { Settings } from '../../platform/settings/settings.js';
import { auditSource } from '../request.source.js';
import { PrincipalChanges } from './principal.changes.js';

declare module '../../access/audit/audit.js' {
  interface AuditActions {
    session: 'start' | 'end' | 'refused';
  }
}

/** How many that have run out go at a time; a session takes all of its refresh tokens with it. */
const BATCH = 200;

/** What a token adds to its session: what it cuts from the rights of the user, and when it expires. */
export type TokenPart = Pick<UserPrincipal, 'token_expires_at'> & { scope: string };

/** A session that lasts, with the user whose it is. */
export interface LiveSession {
  /** As a token of the whole scope would make them. */
  user: Omit<UserPrincipal, 'token_expires_at'>;
  /** Until when it lasts at the longest, in milliseconds since the epoch. */
  ends_at: number;
}

export const tokenPartOf = ({ scope, exp }: { scope: string; exp: number }): TokenPart => ({
  scope,
  token_expires_at: exp * 1_000,
});

/** The principal that a token of the session is. */
export const principalOf = (
  { user }: LiveSession,
  { scope, token_expires_at }: TokenPart,
): UserPrincipal => ({
  ...user,
  rights: { granted: user.rights.granted, scope: scopeOf(scope) },
  token_expires_at,
});

interface Row {
  id: number;
  username: string;
  roles: string[];
  disabled: boolean;
  must_change_password: boolean;
  session_id: string;
  client_id: string;
  ends_at: number;
}

const LIVE = `SELECT u.id, u.username, u.roles, u.disabled, u.must_change_password, s.id AS session_id, s.client_id,
    extract(epoch FROM s.expires_at)::float8 * 1000 AS ends_at
  FROM sessions s JOIN users u ON u.id = s.user_id
  WHERE s.expires_at > now() AND NOT u.login_denied`;

/** A session is one sign-in: tokens name it, and without it they are void. */
@Injectable()
export class SessionsRepository extends Sessions {
  constructor(
    private readonly database: Database,
    private readonly settings: Settings,
    private readonly changes: PrincipalChanges,
    principals: Principals,
  ) {
    super();
    principals.register('user', {
      read: (db, users) => this.readAgain(db, users),
      gone: () => unauthenticated('The session of this token has ended.'),
    });
  }

  async read(db: Queryable, sessionId: string): Promise<LiveSession | undefined> {
    const [row] = await db.query<Row>({
      prepare: true,
      pipelined: true,
      text: `${LIVE} AND s.id = $1`,
      values: [sessionId],
    });
    return row && this.sessionOf(row);
  }

  /** Users as they are now, each with the scope of the token that it came with. */
  private async readAgain(
    db: Queryable,
    users: readonly UserPrincipal[],
  ): Promise<(UserPrincipal | undefined)[]> {
    const ids = [...new Set(users.map(({ session_id }) => session_id))];
    const sessions = await this.readAll(db, ids);
    return users.map(({ session_id, rights, token_expires_at }) => {
      const user = sessions.get(session_id)?.user;
      return user && { ...user, rights: { ...user.rights, scope: rights.scope }, token_expires_at };
    });
  }

  private async readAll(db: Queryable, ids: string[]): Promise<Map<string, LiveSession>> {
    const [only] = ids;
    if (ids.length === 1 && only !== undefined) {
      const session = await this.read(db, only);
      return new Map(session && [[only, session]]);
    }
    const rows = await db.query<Row>({
      prepare: true,
      text: `${LIVE} AND s.id = ANY ($1)`,
      values: [ids],
    });
    return new Map(rows.map((row) => [row.session_id, this.sessionOf(row)]));
  }

  private sessionOf({ ends_at, username, ...user }: Row): LiveSession {
    const granted = this.settings.current.permissions.permissionsOf(user.roles);
    const rank = this.settings.current.permissions.rankOf(user.roles);
    return {
      user: { type: 'user', ...user, name: username, rank, rights: { granted, scope: undefined } },
      ends_at,
    };
  }

  override async beganWithin(sessionId: string, seconds: number): Promise<boolean> {
    const rows = await this.database.query({
      prepare: true,
      text: 'SELECT FROM sessions WHERE id = $1 AND created_at > now() - make_interval(secs => $2)',
      values: [sessionId, seconds],
    });
    return rows.length === 1;
  }

  override async end(tx: Tx, userId: number, keepSessionId?: string): Promise<void> {
    // Sign-ins hold this row while they open a session: one that saw the old state is finished, and ended below.
    await tx.query({ text: 'SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE', values: [userId] });
    await tx.query({
      text: 'DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2',
      values: [userId, keepSessionId ?? null],
    });
  }

  override settle(): Promise<void> {
    return this.changes.settle();
  }

  recordStart(tx: Tx, user: { id: number; username: string }, sessionId: string, clientId: string): void {
    writeAudit(tx, auditSource(user, clientId), {
      action: 'session.start',
      subject_type: 'session',
      subject_id: sessionId,
    });
  }

  /** Removes a session whose sign-in was not completed. */
  async discard(sessionId: string): Promise<void> {
    await this.database.query({ text: 'DELETE FROM sessions WHERE id = $1', values: [sessionId] });
  }

  /**
   * Ends one session with all its tokens; one that is gone already stays gone.
   * @param after why, for the audit: `revoked`, `refresh token used twice` ...
   */
  async endOne(sessionId: string, after: { reason: string; advice?: string }): Promise<void> {
    await this.database.transaction(async (tx) => {
      const [ended] = await tx.query<{ id: number; username: string; client_id: string }>({
        text: `DELETE FROM sessions s USING users u WHERE s.id = $1 AND u.id = s.user_id
               RETURNING u.id, u.username, s.client_id`,
        values: [sessionId],
      });
      if (ended === undefined) return;
      writeAudit(tx, auditSource(ended, ended.client_id), {
        action: 'session.end',
        subject_type: 'session',
        subject_id: sessionId,
        after,
      });
      tx.afterCommit(() => this.settle());
    });
  }

  /** Removes some of those that have run out. @returns whether there may be more. */
  async sweep(): Promise<boolean> {
    const rows = await this.database.query({
      text: `DELETE FROM sessions WHERE id IN (
               SELECT id FROM sessions WHERE expires_at <= now() ORDER BY expires_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
             RETURNING 1`,
    });
    return rows.length === BATCH;
  }

  /** The same with refresh tokens that ran out before their session. */
  async sweepRefreshTokens(): Promise<boolean> {
    const rows = await this.database.query({
      text: `DELETE FROM refresh_tokens WHERE id_hash IN (
               SELECT id_hash FROM refresh_tokens WHERE expires_at <= now() ORDER BY expires_at LIMIT ${BATCH}
               FOR UPDATE SKIP LOCKED)
             RETURNING 1`,
    });
    return rows.length === BATCH;
  }
}
