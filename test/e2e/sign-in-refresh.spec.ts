import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import {
  type Answer,
  type Desk,
  form,
  type Instance,
  makeUser,
  openDesk,
  PASSWORD,
} from '../support/desk.js';

let desk: Desk;
let second: Instance;
beforeAll(async () => {
  desk = await openDesk({ CORS_ORIGINS: 'https://desk.example' });
  second = await desk.another();
});
afterAll(() => desk?.close());
beforeEach(() => desk.database.query({ text: 'DELETE FROM sign_in_limits' }));

const headers = { 'content-type': 'application/x-www-form-urlencoded' };

interface Pair {
  access_token: string;
  refresh_token: string;
}

const signIn = async (username = 'support'): Promise<Pair> => (await desk.signIn(username)).body as Pair;

const REUSED =
  'This refresh token was used before, so its session has ended, in case somebody stole it: sign in again. Each refresh ' +
  'token works once: let one tab refresh for all and share the new token, and sign in again after a lost answer instead of ' +
  'repeating the request.';

const refresh = (
  refresh_token: string,
  fields: Record<string, string> = {},
  instance: Instance = desk,
): Promise<Answer> =>
  instance.ask('POST', '/api/v1/token', {
    body: form({ grant_type: 'refresh_token', refresh_token, ...fields }),
    headers,
  });

const revoke = (token: string, fields: Record<string, string> = {}): Promise<Answer> =>
  desk.ask('POST', '/api/v1/token/revoke', { body: form({ token, ...fields }), headers });

const me = async (token: string, instance: Instance = desk): Promise<number> =>
  (await instance.ask('GET', '/api/v1/me', { as: token })).status;

describe('a refresh', () => {
  it('gives a new pair of the same session and keeps the old access token', async () => {
    const first = await signIn();
    const answer = await refresh(first.refresh_token, {}, second);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: 'api' });
    expect(answer.body.refresh_token).not.toBe(first.refresh_token);
    expect([await me(String(answer.body.access_token)), await me(first.access_token)]).toEqual([200, 200]);
  });

  it('with a used token ends the session, its successor and its access tokens', async () => {
    const first = await signIn();
    const { body } = await refresh(first.refresh_token);
    const replay = await refresh(first.refresh_token);
    expect(replay.status).toBe(400);
    expect(replay.body).toEqual({ error: 'invalid_grant', error_description: REUSED, detail: REUSED });
    expect((await refresh(String(body.refresh_token))).status).toBe(400);
    expect([await me(String(body.access_token)), await me(first.access_token)]).toEqual([401, 401]);
    const ends = await desk.database.query({
      text: `SELECT after FROM audit WHERE action = 'session.end' ORDER BY id DESC LIMIT 1`,
    });
    expect(ends).toEqual([
      {
        after: {
          reason: 'refresh token used twice',
          advice: expect.stringMatching(/one tab refresh for all.*after a lost answer sign in again/),
        },
      },
    ]);
  });

  it('is won by one of eight at once on two instances, and the session dies', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { refresh_token, access_token } = await signIn();
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) => refresh(refresh_token, {}, index % 2 === 0 ? desk : second)),
      );
      const good = answers.filter(({ status }) => status === 200);
      const refused = answers.filter(({ status, body }) => status === 400 && body.error === 'invalid_grant');
      expect([good.length, refused.length]).toEqual([1, 7]);
      // The one that ended the session, and whoever else saw it before it was gone.
      expect(refused.map(({ body }) => body.error_description)).toContain(REUSED);
      expect((await refresh(String(good[0]?.body.refresh_token))).status).toBe(400);
      expect([await me(access_token), await me(String(good[0]?.body.access_token))]).toEqual([401, 401]);
    }
  });

  it.each([
    ['of a legacy session', 'Bearer eyJhbGciOiJFUzI1NiJ9.e30.x'],
    ['of this one', 'OWN'],
  ])('looks at no bearer token, as a revocation does not: one %s', async (_name, authorization) => {
    const first = await signIn();
    const sent = {
      ...headers,
      authorization: authorization === 'OWN' ? `Bearer ${first.access_token}` : authorization,
    };
    const ask = (path: string, fields: Record<string, string>): Promise<Answer> =>
      desk.ask('POST', path, { body: form(fields), headers: sent });
    const { refresh_token } = first;
    const next = await ask('/api/v1/token', { grant_type: 'refresh_token', refresh_token });
    expect(next.status).toBe(200);
    const token = String(next.body.refresh_token);
    expect((await ask('/api/v1/token/revoke', { token })).status).toBe(200);
    expect((await refresh(token)).status).toBe(400);
  });

  it.each([
    ['at a refresh', '/api/v1/token', 'refresh_token'],
    ['at a revocation', '/api/v1/token/revoke', 'token'],
  ])('takes no unknown client_id for the first-party client %s', async (_name, path, name) => {
    const { refresh_token, access_token } = await signIn();
    const fields = { grant_type: 'refresh_token', [name]: refresh_token, client_id: 'nobody' };
    const refused = await desk.ask('POST', path, { body: form(fields), headers });
    expect([refused.status, refused.body.error, await me(access_token)]).toEqual([
      401,
      'invalid_client',
      200,
    ]);
  });

  it('cannot widen its scope, and a refused one uses nothing up', async () => {
    const { refresh_token } = await signIn();
    const wider = await refresh(refresh_token, { scope: 'api admin' });
    expect([wider.status, wider.body.error]).toEqual([400, 'invalid_scope']);
    const foreign = await refresh(refresh_token, { client_id: 'nobody' });
    expect([foreign.status, foreign.body.error]).toEqual([401, 'invalid_client']);
    expect((await refresh(refresh_token, { scope: 'api' })).status).toBe(200);
  });

  it('of a token whose time is over is refused, though its row is still there', async () => {
    const { refresh_token } = await signIn();
    await desk.database.query({ text: 'UPDATE refresh_tokens SET expires_at = now()' });
    expect((await refresh(refresh_token)).status).toBe(400);
  });

  it('of an unknown token is refused like a wrong password', async () => {
    const wrong = await desk.signIn('support', 'wrong');
    expect(await refresh('nothing')).toMatchObject({ status: 400, text: wrong.text });
  });

  it('ends with the session: 30 days after the sign-in at the latest', async () => {
    const { refresh_token } = await signIn();
    await desk.database.query({ text: `UPDATE sessions SET expires_at = now() WHERE expires_at > now()` });
    expect((await refresh(refresh_token)).status).toBe(400);
  });

  it('outlives neither REFRESH_TOKEN_DAYS nor the session', async () => {
    const { refresh_token } = await signIn();
    const days = async (): Promise<number> => {
      const [row] = await desk.database.query<{ days: number }>({
        text: `SELECT extract(epoch FROM expires_at - now())::float8 / 86400 AS days FROM refresh_tokens ORDER BY created_at DESC LIMIT 1`,
      });
      return row?.days ?? 0;
    };
    expect(await days()).toBeCloseTo(14, 1);
    await desk.database.query({
      text: `UPDATE sessions SET payload = jsonb_set(payload, '{exp}', to_jsonb(floor(extract(epoch FROM now()))::bigint + 3 * 86400))`,
    });
    expect((await refresh(refresh_token)).status).toBe(200);
    expect(await days()).toBeCloseTo(3, 1);
  });
});

describe('login_denied', () => {
  it('gets no token by any grant, in the words for a wrong password, and ends what there was', async () => {
    const { id } = await makeUser(desk, 'denied');
    const before = await signIn('denied');
    const wrong = await desk.signIn('denied', 'wrong');
    await desk.ask('PATCH', `/api/v1/users/${id}`, { as: 'admin', body: { login_denied: true } });
    expect(await desk.signIn('denied')).toMatchObject({ status: 400, text: wrong.text });
    expect(await refresh(before.refresh_token)).toMatchObject({ status: 400, text: wrong.text });
    expect(await me(before.access_token)).toBe(401);
    await desk.ask('PATCH', `/api/v1/users/${id}`, { as: 'admin', body: { login_denied: false } });
    expect(await me(before.access_token)).toBe(401);
    expect((await desk.signIn('denied')).status).toBe(200);
  });

  it('is asked at a refresh even when a session was left over', async () => {
    const { id } = await makeUser(desk, 'left.over');
    const before = await signIn('left.over');
    await desk.database.query({ text: 'UPDATE users SET login_denied = true WHERE id = $1', values: [id] });
    expect((await refresh(before.refresh_token)).status).toBe(400);
  });
});

describe('a disabled user', () => {
  it('signs in, refreshes, and sees only the own sign-in', async () => {
    const { id } = await makeUser(desk, 'resting');
    await desk.ask('PATCH', `/api/v1/users/${id}`, { as: 'admin', body: { disabled: true } });
    const { refresh_token } = await signIn('resting');
    const { status, body } = await refresh(refresh_token);
    const as = String(body.access_token);
    expect([status, await me(as)]).toEqual([200, 200]);
    expect((await desk.ask('GET', '/api/v1/tickets', { as })).body.code).toBe('account_disabled');
  });
});

describe('a revocation', () => {
  it('of a refresh token ends the session', async () => {
    const pair = await signIn();
    const answer = await revoke(pair.refresh_token);
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect([await me(pair.access_token), (await refresh(pair.refresh_token)).status]).toEqual([401, 400]);
  });

  it('of an access token ends the session, and the audit says who did it', async () => {
    const pair = await signIn();
    expect((await revoke(pair.access_token, { token_type_hint: 'access_token' })).status).toBe(200);
    expect([await me(pair.access_token), (await refresh(pair.refresh_token)).status]).toEqual([401, 400]);
    const [row] = await desk.database.query({
      text: `SELECT actor_username, after, address FROM audit WHERE action = 'session.end' ORDER BY id DESC LIMIT 1`,
    });
    expect(row).toEqual({ actor_username: 'support', after: { reason: 'revoked' }, address: '127.0.0.1' });
  });

  it.each([['nothing'], ['a.b.c'], ['-']])('of the unknown token %s is well', async (token) => {
    expect((await revoke(token)).status).toBe(200);
  });

  it('of a forged access token ends nothing', async () => {
    const pair = await signIn();
    const [head, payload] = pair.access_token.split('.');
    expect((await revoke(`${head}.${payload}.${'A'.repeat(86)}`)).status).toBe(200);
    expect(await me(pair.access_token)).toBe(200);
  });

  it('by another client ends nothing', async () => {
    const pair = await signIn();
    expect((await revoke(pair.access_token, { client_id: 'nobody' })).status).toBe(401);
    expect(await me(pair.access_token)).toBe(200);
  });

  it('needs a token, as a form', async () => {
    expect(
      (await desk.ask('POST', '/api/v1/token/revoke', { body: form({ x: '1' }), headers })).body.error,
    ).toBe('invalid_request');
    expect((await desk.ask('POST', '/api/v1/token/revoke', { body: { token: 'x' } })).body.error).toBe(
      'invalid_request',
    );
  });
});

describe('the metadata', () => {
  it.each(['oauth-authorization-server', 'openid-configuration'])(
    'at %s names what is mounted, under PUBLIC_URL',
    async (name) => {
      const answer = await second.ask('GET', `/.well-known/${name}`, {
        headers: {
          'x-forwarded-host': 'evil.example',
          'x-forwarded-proto': 'https',
          forwarded: 'host=evil.example',
        },
      });
      const { publicUrl } = desk.config;
      expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      expect(answer.text).not.toContain('evil');
      expect(answer.body).toMatchObject({
        issuer: publicUrl,
        token_endpoint: `${publicUrl}/api/v1/token`,
        revocation_endpoint: `${publicUrl}/api/v1/token/revoke`,
        jwks_uri: `${publicUrl}/.well-known/jwks.json`,
        grant_types_supported: expect.arrayContaining(['password', 'refresh_token']),
        scopes_supported: ['api'],
        token_endpoint_auth_methods_supported: ['none'],
      });
      const endpoints = Object.entries(answer.body as Record<string, unknown>).filter(([key]) =>
        /_endpoint$|_uri$/.test(key),
      );
      for (const [, url] of endpoints) {
        const { pathname } = new URL(String(url));
        expect([200, 405]).toContain((await desk.ask('GET', pathname)).status);
      }
    },
  );

  it('is shown to pages of a listed origin and to no other', async () => {
    const path = '/.well-known/jwks.json';
    const listed = await desk.ask('GET', path, { headers: { origin: 'https://desk.example' } });
    expect(listed.headers.get('access-control-allow-origin')).toBe('https://desk.example');
    const other = await desk.ask('GET', path, { headers: { origin: 'https://evil.example' } });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    const token = await desk.ask('POST', '/api/v1/token', {
      body: form({ username: 'support', password: PASSWORD }),
      headers: { ...headers, origin: 'https://desk.example' },
    });
    expect([token.status, token.headers.get('access-control-allow-origin')]).toEqual([
      200,
      'https://desk.example',
    ]);
  });

  it('publishes both public keys and nothing private', async () => {
    const { body, headers: sent } = await desk.ask('GET', '/.well-known/jwks.json');
    const { keys } = body as { keys: Record<string, unknown>[] };
    expect(keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'RS256']);
    expect(
      keys
        .flatMap((key) => Object.keys(key))
        .filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(name)),
    ).toEqual([]);
    expect(sent.get('cache-control')).toBe('public, max-age=300');
  });
});

describe('openid-client, as a client that knows nothing of us', () => {
  it.each(['oauth2', 'oidc'] as const)(
    'discovers by %s, signs in, refreshes and revokes',
    async (algorithm) => {
      const issuer = new URL(desk.config.publicUrl);
      const config = await client.discovery(issuer, 'frontdesk', undefined, client.None(), {
        algorithm,
        execute: [client.allowInsecureRequests],
      });
      const first = await client.genericGrantRequest(config, 'password', {
        username: 'support',
        password: PASSWORD,
      });
      expect(first.token_type).toBe('bearer');
      const next = await client.refreshTokenGrant(config, String(first.refresh_token));
      expect(await me(next.access_token)).toBe(200);
      await client.tokenRevocation(config, String(next.refresh_token));
      await expect(client.refreshTokenGrant(config, String(next.refresh_token))).rejects.toMatchObject({
        error: 'invalid_grant',
      });
      expect(await me(next.access_token)).toBe(401);
    },
  );
});
