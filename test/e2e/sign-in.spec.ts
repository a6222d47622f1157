import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hash } from 'argon2';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { SignIn } from '../../src/auth/sign-in.service.js';
import { type Answer, type Desk, form, makeUser, openDesk, PASSWORD } from '../support/desk.js';

const FORM = 'application/x-www-form-urlencoded';
const GOOD = form({ username: 'admin', password: PASSWORD });

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.close());

const post = (
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  path = '/api/v1/token',
): Promise<Answer> => desk.ask('POST', path, { body, headers: { 'content-type': FORM, ...headers } });

describe('a sign-in', () => {
  it('answers a bearer token in the form of RFC 6749 and of the legacy clients', async () => {
    const answer = await post(form({ grant_type: 'password', username: 'admin', password: PASSWORD }));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-request-id')).toBeTruthy();
    expect(answer.headers.get('x-instance-id')).toBe(desk.config.instanceId);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 3600,
      refresh_token: expect.any(String),
      scope: 'api',
    });
  });

  it('names the user and the session in the token, and no roles', async () => {
    const { body } = await post(GOOD);
    const token = String(body.access_token);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
    const claims = decodeJwt(token);
    const { publicUrl } = desk.config;
    expect(claims).toEqual({
      iss: publicUrl,
      aud: `${publicUrl}/api/v1`,
      sub: expect.stringMatching(/^\d+$/),
      client_id: 'frontdesk',
      sid: expect.any(String),
      scope: 'api',
      jti: expect.any(String),
      iat: expect.any(Number),
      exp: Number(claims.iat) + 3600,
    });
    const rows = await desk.database.query({
      text: 'SELECT FROM sessions WHERE id = $1',
      values: [claims.sid],
    });
    expect(rows).toHaveLength(1);
  });

  it('keeps no usable refresh token in the database', async () => {
    const { body } = await post(GOOD);
    const stored = await desk.database.query({ text: 'SELECT id_hash, payload FROM refresh_tokens' });
    expect(JSON.stringify(stored)).not.toContain(String(body.refresh_token));
  });

  it('ignores the case of the username and blanks around it', async () => {
    expect((await post(form({ username: ' ADMIN ', password: PASSWORD }))).status).toBe(200);
  });

  it('ignores scope words it does not know', async () => {
    const answer = await post(form({ username: 'admin', password: PASSWORD, scope: 'me items api' }));
    expect([answer.status, answer.body.scope]).toEqual([200, 'api']);
  });

  it('leaves audit rows with user, address and request, and without a secret', async () => {
    await post(GOOD, { 'x-request-id': 'audited-start' });
    await post(form({ username: 'admin\u0007', password: 'Guessed-Pass-1' }), {
      'x-request-id': 'audited-refusal',
    });
    const rows = await desk.database.query<Record<string, unknown>>({
      text: `SELECT action, subject_type, subject_id, actor_username, client_id, address, request_id, after FROM audit
             WHERE request_id LIKE 'audited-%' ORDER BY id`,
    });
    expect(rows).toEqual([
      expect.objectContaining({
        action: 'session.start',
        actor_username: 'admin',
        client_id: 'frontdesk',
        address: '127.0.0.1',
      }),
      expect.objectContaining({
        action: 'session.refused',
        subject_id: 'admin\uFFFD',
        actor_username: null,
        request_id: 'audited-refusal',
      }),
    ]);
    expect(JSON.stringify(rows)).not.toContain('Guessed');
  });
});

describe('clients that name no client', () => {
  it.each([
    ['an empty Basic header, as Swagger UI sends it', { authorization: 'Basic Og==' }, {}],
    ['Basic with an empty secret', { authorization: `Basic ${btoa('frontdesk:')}` }, {}],
    ['client_id in the form', {}, { client_id: 'frontdesk' }],
    ['empty client_id and client_secret', {}, { client_id: '', client_secret: '' }],
    ['an Origin of our own', { origin: 'OWN' }, {}],
    ['a bearer token that ended long ago', { authorization: 'Bearer eyJhbGciOiJFUzI1NiJ9.e30.x' }, {}],
    ['a scheme that names no client', { authorization: 'Digest username="admin"' }, {}],
    ['an unknown client_id, as the ticket server took it', {}, { client_id: 'nobody' }],
    ['the same with a secret', {}, { client_id: 'nobody', client_secret: 'whatever' }],
    ['the same with a grant_type', {}, { grant_type: 'password', client_id: 'nobody', client_secret: 'x' }],
    ['a secret alone', {}, { client_secret: 'whatever' }],
    ['nothing at all', {}, {}],
  ])(
    'are the first-party client: %s',
    async (_name, headers: Record<string, string>, fields: Record<string, string>) => {
      const own = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, value === 'OWN' ? desk.url : value]),
      );
      expect((await post(form({ username: 'admin', password: PASSWORD, ...fields }), own)).status).toBe(200);
    },
  );

  it.each([
    [
      'an unknown client by Basic',
      { authorization: `Basic ${btoa('nobody:x')}` },
      { client_id: 'nobody' },
      401,
      'invalid_client',
    ],
    [
      'a secret for a client that has none',
      { authorization: `Basic ${btoa('frontdesk:x')}` },
      {},
      401,
      'invalid_client',
    ],
    [
      'an unknown client with an empty secret',
      { authorization: `Basic ${btoa('nobody:')}` },
      {},
      400,
      'invalid_request',
    ],
  ])(
    'but not %s',
    async (_name, headers: Record<string, string>, fields: Record<string, string>, status, error) => {
      const answer = await post(form({ username: 'admin', password: PASSWORD, ...fields }), headers);
      expect([answer.status, answer.body.error]).toEqual([status, error]);
      if (status === 401 && headers.authorization)
        expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
    },
  );
});

describe('with COMPAT=off', () => {
  it.each([
    ['an unknown client_id', { client_id: 'nobody' }],
    ['an unknown client_id with a secret', { client_id: 'nobody', client_secret: 'whatever' }],
  ])('no client is taken for the first-party client: %s', async (_name, fields: Record<string, string>) => {
    const off = await openDesk({ COMPAT: 'off' });
    try {
      const answer = await off.ask('POST', '/api/v1/token', {
        body: form({ username: 'admin', password: PASSWORD, ...fields }),
        headers: { 'content-type': FORM },
      });
      expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
    } finally {
      await off.close();
    }
  });
});

describe('a refusal', () => {
  it('says the same for a wrong password, an unknown user and a NUL, in both forms', async () => {
    const wrong = await post(form({ username: 'admin', password: 'wrong' }));
    expect(wrong.status).toBe(400);
    expect(wrong.headers.get('cache-control')).toBe('no-store');
    expect(wrong.body).toEqual({
      error: 'invalid_grant',
      error_description: expect.any(String),
      detail: 'Incorrect User name or password',
    });
    for (const fields of [
      { username: 'nobody', password: PASSWORD },
      { username: 'admin\0', password: PASSWORD },
      { username: 'admin', password: 'a\0b' },
      { username: "admin' OR 1=1 --", password: "' OR ''='" },
      { username: 'x'.repeat(3_000), password: PASSWORD },
      { username: 'ad\u0000min', password: PASSWORD, grant_type: 'refresh_token' },
    ] as Record<string, string>[]) {
      const answer = await post(form(fields));
      expect([answer.status, answer.text]).toEqual([400, wrong.text]);
    }
  });

  it.each([
    ['a parameter given twice', `${GOOD}&username=admin`, {}, 400, 'invalid_request'],
    ['an unknown parameter given twice', `${GOOD}&x=1&x=2`, {}, 400, 'invalid_request'],
    ['an unknown grant', `${GOOD}&grant_type=magic`, {}, 400, 'unsupported_grant_type'],
    ['a grant of later', `${GOOD}&grant_type=authorization_code`, {}, 400, 'unsupported_grant_type'],
    ['no password', form({ username: 'admin' }), {}, 400, 'invalid_request'],
    ['an empty password', form({ username: 'admin', password: '' }), {}, 400, 'invalid_request'],
    ['no refresh token', form({ grant_type: 'refresh_token' }), {}, 400, 'invalid_request'],
    [
      'JSON',
      JSON.stringify({ username: 'admin', password: PASSWORD }),
      { 'content-type': 'application/json' },
      400,
      'invalid_request',
    ],
    ['multipart', '--x--', { 'content-type': 'multipart/form-data; boundary=x' }, 400, 'invalid_request'],
    ['text', GOOD, { 'content-type': 'text/plain' }, 400, 'invalid_request'],
    ['a broken media type', GOOD, { 'content-type': ';;' }, 400, 'invalid_request'],
    ['a broken escape', 'username=admin&password=%zz', {}, 400, 'invalid_request'],
    ['an escape that is no UTF-8', 'username=admin&password=%ff', {}, 400, 'invalid_request'],
    ['an encoded surrogate', 'username=admin&password=%ed%a0%80', {}, 400, 'invalid_request'],
    [
      'bytes that are no UTF-8',
      new Uint8Array([...Buffer.from('username=admin&password='), 0xff]),
      {},
      400,
      'invalid_request',
    ],
    ['a compressed body', GOOD, { 'content-encoding': 'gzip' }, 415, 'invalid_request'],
    ['a body over 16 KiB', `${GOOD}&x=${'x'.repeat(17_000)}`, {}, 413, 'invalid_request'],
    ['an Origin that is not allowed', GOOD, { origin: 'https://evil.example' }, 400, 'invalid_request'],
    ['the Origin of a sandbox', GOOD, { origin: 'null' }, 400, 'invalid_request'],
    ['a token for something else', `${GOOD}&resource=https://other.example`, {}, 200, undefined],
  ])('of %s', async (_name, body, headers: Record<string, string>, status, error) => {
    const answer = await post(body, headers);
    expect([answer.status, answer.body.error]).toEqual([status, error]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    if (status !== 200) expect(answer.body.detail).toBe(answer.body.error_description);
  });

  it('leaves objects as they were: a form may name __proto__', async () => {
    expect((await post(`${GOOD}&__proto__=x&constructor=y`)).status).toBe(200);
    expect(({} as Record<string, unknown>).role).toBeUndefined();
  });

  it('of an empty request', async () => {
    const answer = await desk.ask('POST', '/api/v1/token');
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('of %s names the method that is allowed', async (method) => {
    const answer = await desk.ask(method, '/api/v1/token');
    expect([answer.status, answer.headers.get('allow'), answer.body.code]).toEqual([
      405,
      'POST',
      'method_not_allowed',
    ]);
  });

  it.each([
    '/api/v1/token/',
    '/api/v1//token',
    '/api/v1%2ftoken',
    '/api/v1/%74oken',
    '/API/v1/token',
    '/api/v1/token/revoke/',
    '/api/v1/Token',
  ])('of another spelling: %s', async (path) => {
    expect((await post(GOOD, {}, path)).status).toBe(404);
  });
});

describe('a password', () => {
  const stored = async (id: number): Promise<Record<string, unknown> | undefined> =>
    (
      await desk.database.query<Record<string, unknown>>({
        text: 'SELECT password_hash, version, updated_at FROM users WHERE id = $1',
        values: [id],
      })
    )[0];

  it('of the legacy server is hashed anew when it is used, by several at once too, and nobody sees a change', async () => {
    const { id } = await makeUser(desk, 'imported');
    const legacy = await hash(PASSWORD, { type: 2, memoryCost: 65_536, timeCost: 3, parallelism: 4 });
    await desk.database.query({
      text: 'UPDATE users SET password_hash = $2 WHERE id = $1',
      values: [id, legacy],
    });
    const before = await stored(id);
    const answers = await Promise.all([1, 2, 3].map(() => desk.signIn('imported')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const after = await stored(id);
    expect(after?.password_hash).toMatch(/m=19456/);
    expect(after).toMatchObject({ version: before?.version, updated_at: before?.updated_at });
    expect((await desk.signIn('imported')).status).toBe(200);
    expect((await stored(id))?.password_hash).toBe(after?.password_hash);
  });

  it.each([
    ['the password is changed', 'UPDATE users SET password_hash = $2 WHERE id = $1', '$argon2id$other'],
    ['sign-in is denied', `UPDATE users SET login_denied = ($2 <> '') WHERE id = $1`, 'yes'],
  ])('that was right opens no session when %s meanwhile', async (name, text, value) => {
    const username = `racing.${name.length}`;
    const { id } = await makeUser(desk, username);
    const signIn = desk.app.get(SignIn, { strict: false });
    const user = await signIn.authenticate(username, PASSWORD, 'frontdesk');
    if (user === undefined) throw new Error('the password was not taken');
    await desk.database.query({
      text: `INSERT INTO sessions (id, user_id, client_id, payload, expires_at) VALUES ($2, $1, 'frontdesk', '{}', now() + interval '1 hour')`,
      values: [id, username],
    });
    await desk.database.query({ text, values: [id, value] });
    expect(await signIn.open(user, PASSWORD, username, 'frontdesk')).toBe(false);
    expect(
      await desk.database.query({ text: 'SELECT FROM sessions WHERE id = $1', values: [username] }),
    ).toEqual([]);
  });
});

describe('without a database', () => {
  it('everything is 503, and nothing is answered from memory', async () => {
    const lost = await openDesk();
    try {
      const as = await lost.token('support');
      for (let times = 0; times < 3; times += 1)
        expect((await lost.ask('GET', '/api/v1/me', { as })).status).toBe(200);
      await lost.testDatabase.drop();
      const answer = await lost.ask('GET', '/api/v1/me', { as });
      expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
        503,
        'unavailable',
        '2',
      ]);
      const signIn = await lost.signIn('support');
      expect([signIn.status, signIn.body.error, signIn.headers.get('retry-after')]).toEqual([
        503,
        'temporarily_unavailable',
        '2',
      ]);
    } finally {
      await lost.close();
    }
  });
});

describe('without compatibility', () => {
  it('the legacy sentence is left out', async () => {
    const plain = await openDesk({ COMPAT: 'off' });
    try {
      const answer = await plain.signIn('admin', 'wrong');
      expect(answer.body).toEqual({ error: 'invalid_grant', error_description: expect.any(String) });
    } finally {
      await plain.close();
    }
  });
});
