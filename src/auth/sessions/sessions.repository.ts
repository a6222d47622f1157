import { Injectable } from '@nestjs/common';
import type { Actor } from '../../access/actor.js';
import { PermissionTable } from '../../access/permissions.js';
import { Sessions } from '../../access/sessions.js';
import { writeAudit } from '../../access/audit/audit.js';
import { Database, type Queryable, type Tx } from '../../platform/database/database.js';
import { auditSource } from '../request.source.js';
import { ActorChanges } from './actor.changes.js';

/** How many that have run out go at a time; a session takes all of its refresh tokens with it. */
const BATCH = 200;

/** An actor, and until when the session lasts at the longest (milliseconds since the epoch). */
export interface LiveSession {
  actor: Actor;
  ends_at: number;
}

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

const LIVE = `SELECT u.id, u.username, u.roles, u.disabled, u.must_change_password, g.id AS session_id, g.client_id,
    extract(epoch FROM g.expires_at)::float8 * 1000 AS ends_at
  FROM grants g JOIN users u ON u.id = g.user_id
  WHERE g.expires_at > now() AND NOT u.login_denied`;

/** A session is a row of grants: tokens name it, and without it they are void. */
@Injectable()
export class SessionsRepository extends Sessions {
  constructor(
    private readonly database: Database,
    private readonly permissions: PermissionTable,
    private readonly changes: ActorChanges,
  ) {
    super();
  }

  async read(db: Queryable, sessionId: string): Promise<LiveSession | undefined> {
    const [row] = await db.query<Row>({
      prepare: true,
      express: true,
      text: `${LIVE} AND g.id = $1`,
      values: [sessionId],
    });
    return row && this.sessionOf(row);
  }

  override async actorOf(db: Queryable, sessionId: string): Promise<Actor | undefined> {
    return (await this.read(db, sessionId))?.actor;
  }

  override async actorsOf(db: Queryable, sessionIds: string[]): Promise<Map<string, Actor>> {
    const rows = await db.query<Row>({
      prepare: true,
      text: `${LIVE} AND g.id = ANY ($1)`,
      values: [sessionIds],
    });
    return new Map(rows.map((row) => [row.session_id, this.sessionOf(row).actor]));
  }

  private sessionOf({ ends_at, ...user }: Row): LiveSession {
    const rank = this.permissions.rankOf(user.roles);
    const permissions = this.permissions.permissionsOf(user.roles);
    return { actor: { ...user, rank, permissions }, ends_at };
  }

  override async beganWithin(sessionId: string, seconds: number): Promise<boolean> {
    const rows = await this.database.query({
      prepare: true,
      text: 'SELECT FROM grants WHERE id = $1 AND created_at > now() - make_interval(secs => $2)',
      values: [sessionId, seconds],
    });
    return rows.length === 1;
  }

  override async end(tx: Tx, userId: number, keepSessionId?: string): Promise<void> {
    // Sign-ins hold this row while they open a session: one that saw the old state is finished, and ended below.
    await tx.query({ text: 'SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE', values: [userId] });
    await tx.query({
      text: 'DELETE FROM grants WHERE user_id = $1 AND id IS DISTINCT FROM $2',
      values: [userId, keepSessionId ?? null],
    });
  }

  override settle(): Promise<void> {
    return this.changes.settle();
  }

  recordStart(tx: Tx, user: { id: number; username: string }, grantId: string, clientId: string): void {
    writeAudit(tx, auditSource(user, clientId), {
      action: 'session.start',
      subject_type: 'session',
      subject_id: grantId,
    });
  }

  /** Removes a grant that became no session. */
  async discard(grantId: string): Promise<void> {
    await this.database.query({ text: 'DELETE FROM grants WHERE id = $1', values: [grantId] });
  }

  /**
   * Ends one session with all its tokens; one that is gone already stays gone.
   * @param after why, for the audit: `revoked`, `refresh token used twice` ...
   */
  async endOne(grantId: string, after: { reason: string; advice?: string }): Promise<void> {
    await this.database.transaction(async (tx) => {
      const [ended] = await tx.query<{ id: number; username: string; client_id: string }>({
        text: `DELETE FROM grants g USING users u WHERE g.id = $1 AND u.id = g.user_id
               RETURNING u.id, u.username, g.client_id`,
        values: [grantId],
      });
      if (ended === undefined) return;
      writeAudit(tx, auditSource(ended, ended.client_id), {
        action: 'session.end',
        subject_type: 'session',
        subject_id: grantId,
        after,
      });
      tx.afterCommit(() => this.settle());
    });
  }

  /** Removes some of those that have run out. @returns whether there may be more. */
  async sweep(): Promise<boolean> {
    const rows = await this.database.query({
      text: `DELETE FROM grants WHERE id IN (
               SELECT id FROM grants WHERE expires_at <= now() ORDER BY expires_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
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
