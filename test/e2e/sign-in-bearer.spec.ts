import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  decodeJwt,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { KeyWatch } from '../../src/auth/keys/key.watch.js';
import { type Answer, type Desk, form, type Instance, makeUser, openDesk } from '../support/desk.js';

let desk: Desk;
let second: Instance;
let own: JWK;
let rsa: JWK;
let good: JWTPayload;
beforeAll(async () => {
  desk = await openDesk();
  second = await desk.another();
  const { keys } = desk.app.get(KeyWatch, { strict: false }).current.jwks;
  own = keys.find(({ alg }) => alg === 'ES256') as JWK;
  rsa = keys.find(({ alg }) => alg === 'RS256') as JWK;
  good = decodeJwt(await desk.token('support'));
});
afterAll(() => desk?.close());

const bearer = (authorization: string, path = '/api/v1/me'): Promise<Answer> =>
  desk.ask('GET', path, { headers: { authorization } });

const now = (): number => Math.floor(Date.now() / 1_000);
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

interface Forgery {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  key?: JWK;
}

/** A token of good signature with these claims and header members instead of its own. */
async function forge({ claims = {}, header = {}, key = own }: Forgery): Promise<string> {
  const alg = String(key.alg);
  const payload = Object.fromEntries(
    Object.entries({ ...good, ...claims }).filter(([, value]) => value !== undefined),
  );
  return new SignJWT(payload)
    .setProtectedHeader({ alg, typ: 'at+jwt', kid: key.kid, ...header })
    .sign(await importJWK(key, alg));
}

function expectRefused({ status, headers, body }: Answer): void {
  expect([status, body?.code, headers.get('www-authenticate')]).toEqual([
    401,
    'invalid_token',
    'Bearer error="invalid_token"',
  ]);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
}

describe('a token', () => {
  it('is good when all of it is, signed with either key', async () => {
    expect((await bearer(`Bearer ${await forge({})}`)).status).toBe(200);
    expect((await bearer(`bearer ${await forge({ key: rsa })}`)).status).toBe(200);
  });

  it.each<[string, Forgery]>([
    ['typ of an ID token', { header: { typ: 'JWT' } }],
    ['no typ', { header: { typ: undefined } }],
    ['an unknown kid', { header: { kid: 'unknown' } }],
    ['no kid', { header: { kid: undefined } }],
    ['a kid that is a path and SQL', { header: { kid: "../../x' or 1=1" } }],
    ['a kid of 3 KB', { header: { kid: 'k'.repeat(3_000) } }],
    ['no exp', { claims: { exp: undefined } }],
    ['no iat', { claims: { iat: undefined } }],
    ['no sub', { claims: { sub: undefined } }],
    ['no jti', { claims: { jti: undefined } }],
    ['no sid', { claims: { sid: undefined } }],
    ['no client_id', { claims: { client_id: undefined } }],
    ['an expired exp', { claims: { iat: now() - 600, exp: now() - 6 } }],
    ['a life longer than ours', { claims: { iat: now(), exp: now() + 3_601 } }],
    ['iat in the future', { claims: { iat: now() + 60, exp: now() + 600 } }],
    ['nbf in the future', { claims: { nbf: now() + 60 } }],
    ['another audience', { claims: { aud: 'https://other.example/api/v1' } }],
    ['our audience with more behind it', { claims: { aud: 'AUD/users' } }],
    ['the beginning of our audience', { claims: { aud: 'ISS' } }],
    ['two audiences', { claims: { aud: ['AUD', 'https://other.example'] } }],
    ['another issuer', { claims: { iss: 'https://other.example' } }],
    ['our issuer with a slash', { claims: { iss: 'ISS/' } }],
    ['a list of issuers', { claims: { iss: ['ISS'] } }],
    ['a number for sub', { claims: { sub: 1 } }],
    ['the sub of another user', { claims: { sub: '1' } }],
    ['a session that is not there', { claims: { sid: 'gone' } }],
    ['claims of 9 KB', { claims: { padding: 'x'.repeat(9_000) } }],
  ])('is refused with %s', async (_name, { claims, header }) => {
    const { publicUrl } = desk.config;
    const real = JSON.parse(
      JSON.stringify(claims ?? {}, (_key, value: unknown) => (value === undefined ? '(absent)' : value))
        .replaceAll('AUD', `${publicUrl}/api/v1`)
        .replaceAll('ISS', publicUrl),
    ) as Record<string, unknown>;
    const chosen = Object.fromEntries(
      Object.entries(real).map(([name, value]) => [name, value === '(absent)' ? undefined : value]),
    );
    expectRefused(await bearer(`Bearer ${await forge({ claims: chosen, header })}`));
  });

  it('is refused when another key signed it, or its kid is of another algorithm', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const foreign = await new SignJWT(good)
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: own.kid })
      .sign(privateKey);
    expectRefused(await bearer(`Bearer ${foreign}`));
    expectRefused(await bearer(`Bearer ${await forge({ header: { kid: rsa.kid } })}`));
    expectRefused(await bearer(`Bearer ${await forge({ key: { ...rsa, alg: 'RS512' } })}`));
    expectRefused(await bearer(`Bearer ${await forge({ key: { ...rsa, alg: 'PS256' } })}`));
  });

  it('is refused when it names the session of somebody else', async () => {
    const { sid } = decodeJwt(await desk.token('manager'));
    expectRefused(await bearer(`Bearer ${await forge({ claims: { sid } })}`));
  });

  it('is refused when the time of its session is over, though the row is still there', async () => {
    await makeUser(desk, 'overdue');
    const token = await desk.token('overdue');
    const { sid } = decodeJwt(token);
    await desk.database.query({
      text: 'UPDATE sessions SET expires_at = now() WHERE id = $1',
      values: [sid],
    });
    expectRefused(await desk.ask('PATCH', '/api/v1/me', { as: token, body: { first_name: 'Late' } }));
  });

  it('of another client is not revoked by this one', async () => {
    const body = form({ token: await forge({ claims: { client_id: 'other' } }) });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await desk.ask('POST', '/api/v1/token/revoke', { body, headers })).status).toBe(200);
    expect((await desk.ask('GET', '/api/v1/me', { as: 'support' })).status).toBe(200);
  });

  it('is refused with alg none, and with the public key taken for a shared secret', async () => {
    for (const alg of ['none', 'None', 'NONE']) {
      expectRefused(await bearer(`Bearer ${encode({ alg, typ: 'at+jwt', kid: own.kid })}.${encode(good)}.`));
    }
    const { d: _d, ...shared } = own;
    const pem = await exportSPKI(
      (await importJWK({ ...shared, ext: true }, 'ES256')) as Parameters<typeof exportSPKI>[0],
    );
    for (const secret of [pem, pem.trim(), JSON.stringify(shared), String(own.x)]) {
      const content = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: own.kid })}.${encode(good)}`;
      const signature = createHmac('sha256', secret).update(content).digest('base64url');
      expectRefused(await bearer(`Bearer ${content}.${signature}`));
    }
  });

  it('is refused when anything in it was changed, and in any second spelling', async () => {
    const token = await forge({});
    const [header, payload, signature = ''] = token.split('.');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet[alphabet.indexOf(signature.slice(-1)) ^ 1];
    for (const changed of [
      `${header}.${encode({ ...good, sub: '1' })}.${signature}`,
      `${header}.${payload}.${signature.slice(0, -4)}`,
      `${header}.${payload}.${signature.slice(0, -1)}${last}`,
      `${header}.${payload}.${signature}=`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${token}.${signature}`,
    ]) {
      expectRefused(await bearer(`Bearer ${changed}`));
    }
    expect((await bearer(`Bearer ${token}`)).status).toBe(200);
  });

  it('is refused with an extension that it calls critical', async () => {
    const header = { alg: 'ES256', typ: 'at+jwt', kid: own.kid, crit: ['strange'], strange: true };
    const token = await new SignJWT(good)
      .setProtectedHeader(header)
      .sign(await importJWK(own, 'ES256'), { crit: { strange: true } });
    expectRefused(await bearer(`Bearer ${token}`));
  });

  it('that names where its key is makes us ask nobody', async () => {
    let asked = 0;
    const listener = createServer((_request, response) => {
      asked += 1;
      response.end('{}');
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/keys`;
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    try {
      for (const extra of [{ jku: url }, { x5u: url }, { jwk: await exportJWK(publicKey) }]) {
        const header = { alg: 'ES256', typ: 'at+jwt', kid: 'theirs', ...extra };
        expectRefused(
          await bearer(`Bearer ${await new SignJWT(good).setProtectedHeader(header).sign(privateKey)}`),
        );
      }
      expect(asked).toBe(0);
    } finally {
      await new Promise((resolve) => listener.close(resolve));
    }
  });

  it('that expired while we remembered it is refused', async () => {
    const token = await forge({ claims: { iat: now() - 10, exp: now() - 4 } });
    expect((await bearer(`Bearer ${token}`)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expectRefused(await bearer(`Bearer ${token}`));
  });
});

describe('the Authorization header', () => {
  it.each([
    ['absent', {}],
    ['of another scheme', { authorization: 'Basic Og==' }],
  ])('%s gets a challenge without an error', async (_name, headers: Record<string, string>) => {
    const answer = await desk.ask('GET', '/api/v1/me', { headers });
    expect([answer.status, answer.headers.get('www-authenticate'), answer.body.code]).toEqual([
      401,
      'Bearer',
      'invalid_token',
    ]);
  });

  it.each([
    ['no token', 'Bearer'],
    ['two tokens', 'Bearer a b'],
    ['a list', 'Bearer a,b'],
    ['quotes', 'Bearer "a"'],
    ['9 KB', `Bearer ${'a'.repeat(9_000)}`],
    ['another kind of token', 'Bearer not-a-token'],
  ])('with %s is refused', async (_name, authorization) => {
    expectRefused(await bearer(authorization));
  });

  it('of 64 KB is refused', async () => {
    const answer = await bearer(`Bearer ${'a'.repeat(64 * 1024)}`).catch(() => ({ status: 400 }));
    expect([400, 401, 431]).toContain(answer.status);
  });

  it('is the only place for a token', async () => {
    const token = await desk.token('support');
    const query = await desk.ask('GET', `/api/v1/me?access_token=${token}`);
    expect([query.status, query.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    const both = await desk.ask('PATCH', '/api/v1/me', { as: 'support', body: { access_token: token } });
    expect([both.status, both.body.code]).toEqual([400, 'invalid_request']);
    const inBody = await desk.ask('PATCH', '/api/v1/me', { body: { access_token: token } });
    expect([inBody.status, inBody.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });
});

describe('a change to a user', () => {
  /** The instance that made a change answers anew at once, another one when it has heard: in some 2 ms, never in 500. */
  async function expectSoon(instance: Instance, path: string, as: string, status: number): Promise<void> {
    const start = performance.now();
    for (;;) {
      const asked = performance.now();
      const answer = await instance.ask('GET', path, { as });
      if (answer.status === status) return;
      if (asked - start > 500)
        throw new Error(`${path} still answers ${answer.status} after ${asked - start} ms`);
    }
  }

  it.each([
    ['disabled', { disabled: true }, 403],
    ['login_denied', { login_denied: true }, 401],
    ['the roles', { roles: ['manager'] }, 200],
  ])(
    '%s is in force at the next request, and at once on the second instance',
    async (name, patch, status) => {
      const username = `changing.${name.replace(/\W/g, '')}`;
      const path = status === 200 ? '/api/v1/users' : '/api/v1/tickets';
      for (let round = 0; round < 10; round += 1) {
        const { id } = await makeUser(desk, `${username}${round}`);
        const as = String((await desk.signIn(`${username}${round}`)).body.access_token);
        const before = status === 200 ? 403 : 200;
        for (const instance of [desk, second])
          expect((await instance.ask('GET', path, { as })).status).toBe(before);
        expect((await desk.ask('PATCH', `/api/v1/users/${id}`, { as: 'admin', body: patch })).status).toBe(
          200,
        );
        expect((await desk.ask('GET', path, { as })).status).toBe(status);
        await expectSoon(second, path, as, status);
      }
    },
  );

  it('a write never acts on what it remembers', async () => {
    const { id } = await makeUser(desk, 'writer');
    const as = String((await desk.signIn('writer')).body.access_token);
    expect((await second.ask('GET', '/api/v1/me', { as })).status).toBe(200);
    await desk.ask('PATCH', `/api/v1/users/${id}`, { as: 'admin', body: { disabled: true } });
    const answer = await second.ask('PATCH', '/api/v1/me', { as, body: { first_name: 'Other' } });
    expect([answer.status, answer.body.code]).toEqual([403, 'account_disabled']);
  });

  it('deletion ends the sessions, on the second instance too', async () => {
    const { id } = await makeUser(desk, 'leaving');
    const as = String((await desk.signIn('leaving')).body.access_token);
    for (const instance of [desk, second])
      expect((await instance.ask('GET', '/api/v1/me', { as })).status).toBe(200);
    expect((await desk.ask('DELETE', `/api/v1/users/${id}`, { as: 'admin' })).status).toBe(204);
    expect((await desk.ask('GET', '/api/v1/me', { as })).status).toBe(401);
    await expectSoon(second, '/api/v1/me', as, 401);
  });

  it('a new password ends every session but the one that set it', async () => {
    await makeUser(desk, 'cautious');
    const [here, elsewhere] = [await desk.signIn('cautious'), await desk.signIn('cautious')].map(({ body }) =>
      String(body.access_token),
    );
    const answer = await desk.ask('PUT', '/api/v1/me/password', {
      as: here as string,
      body: { old_password: 'Correct-Horse-7', password: 'Other-Horse-8' },
    });
    expect(answer.status).toBe(204);
    expect((await desk.ask('GET', '/api/v1/me', { as: here as string })).status).toBe(200);
    expect((await desk.ask('GET', '/api/v1/me', { as: elsewhere as string })).status).toBe(401);
  });
});
