import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Database } from '../../platform/database/database.js';
import type { SessionsRepository } from '../sessions/sessions.repository.js';
import { reasonToEnd } from './ending.js';
import { UnsupportedAdapter } from './unsupported.adapter.js';

/** Grants: what the provider calls a grant is what everybody else calls a session. */
export class GrantStore extends UnsupportedAdapter implements Adapter {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsRepository,
  ) {
    super('Grant');
  }

  /** @param expiresIn seconds */
  override async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    // Of a user who is gone nothing is stored, and the sign-in that wanted it finds that out when it opens the session.
    await this.database.query({
      prepare: true,
      text: `INSERT INTO sessions (id, user_id, client_id, payload, expires_at)
             SELECT $1, id, $3, $4, now() + make_interval(secs => $5) FROM users WHERE id = $2 FOR KEY SHARE
             ON CONFLICT (id) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at`,
      values: [id, Number(payload.accountId), payload.clientId, JSON.stringify(payload), expiresIn],
    });
  }

  override async find(id: string): Promise<AdapterPayload | undefined> {
    const [row] = await this.database.query<{ payload: AdapterPayload }>({
      prepare: true,
      text: 'SELECT payload FROM sessions WHERE id = $1 AND expires_at > now()',
      values: [id],
    });
    return row?.payload;
  }

  override destroy(id: string): Promise<void> {
    return this.sessions.endOne(id, reasonToEnd());
  }
}
