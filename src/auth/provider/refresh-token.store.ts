import { createHash } from 'node:crypto';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { Database } from '../../platform/database/database.js';
import type { SessionsRepository } from '../sessions/sessions.repository.js';
import { noteReuse, reasonToEnd } from './ending.js';
import { UnsupportedAdapter } from './unsupported.adapter.js';

/** A table that is read by another shows no token that works. */
const hashOf = (id: string): Buffer => createHash('sha256').update(id).digest();

/** Refresh tokens, used ones too until they expire: a second use is how a theft shows. */
export class RefreshTokenStore extends UnsupportedAdapter implements Adapter {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsRepository,
  ) {
    super('RefreshToken');
  }

  /** @param expiresIn seconds */
  override async upsert(
    id: string,
    { jti: _secret, ...payload }: AdapterPayload,
    expiresIn: number,
  ): Promise<void> {
    // When the session was ended meanwhile nothing is stored: the token that is answered is dead already.
    await this.database.query({
      prepare: true,
      text: `INSERT INTO refresh_tokens (id_hash, session_id, payload, expires_at)
             SELECT $1, id, $3, now() + make_interval(secs => $4) FROM sessions WHERE id = $2 FOR KEY SHARE
             ON CONFLICT (id_hash) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at`,
      values: [hashOf(id), payload.grantId, JSON.stringify(payload), expiresIn],
    });
  }

  override async find(id: string): Promise<AdapterPayload | undefined> {
    const [row] = await this.database.query<{ payload: AdapterPayload; consumed: boolean }>({
      prepare: true,
      text: `SELECT payload, consumed_at IS NOT NULL AS consumed FROM refresh_tokens
             WHERE id_hash = $1 AND expires_at > now()`,
      values: [hashOf(id)],
    });
    return row && { ...row.payload, jti: id, ...(row.consumed ? { consumed: true } : {}) };
  }

  /**
   * The provider has looked before whether the token was used; of several that looked at once only this statement
   * knows the first. The others end the session.
   * @throws InvalidGrant
   */
  override async consume(id: string): Promise<void> {
    const used = await this.database.query({
      prepare: true,
      text: 'UPDATE refresh_tokens SET consumed_at = now() WHERE id_hash = $1 AND consumed_at IS NULL RETURNING 1',
      values: [hashOf(id)],
    });
    if (used.length === 1) return;
    noteReuse();
    const [token] = await this.database.query<{ session_id: string }>({
      text: 'SELECT session_id FROM refresh_tokens WHERE id_hash = $1',
      values: [hashOf(id)],
    });
    if (token !== undefined) await this.sessions.endOne(token.session_id, reasonToEnd());
    throw new errors.InvalidGrant('the refresh token was used by another request');
  }

  override async destroy(id: string): Promise<void> {
    await this.database.query({
      text: 'DELETE FROM refresh_tokens WHERE id_hash = $1',
      values: [hashOf(id)],
    });
  }

  override revokeByGrantId(grantId: string): Promise<void> {
    return this.sessions.endOne(grantId, reasonToEnd());
  }
}
