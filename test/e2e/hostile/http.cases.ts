import { expect } from '@jest/globals';
import { type Answer, form, openDesk, PASSWORD } from '../../support/desk.js';
import { as, atToken, type Case } from './attacks.js';
import { raw } from './raw.js';
import { assertExpected, assertRules, INVALID_GRANT } from './rules.js';
import { forgetFailures, FRIEND, type World } from './world.js';

const SPOOFED = ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'X-Client-IP', 'True-Client-IP'];

const spoofs = (index: number): Record<string, string> =>
  Object.fromEntries(
    SPOOFED.map((name) => [name, name === 'Forwarded' ? `for=203.0.113.${index}` : `203.0.113.${index}`]),
  );

/** Everything that the discovery documents call ours. */
async function publishedUrls(world: World, headers: Record<string, string>): Promise<string[]> {
  const documents = ['oauth-authorization-server', 'openid-configuration'].map((name) =>
    as(undefined, 'GET', `/.well-known/${name}`, undefined, headers)(world),
  );
  const answers = await Promise.all(documents);
  return answers.flatMap(({ text }) => text.match(/https?:\/\/[^/"]+/g) ?? []);
}

const EVIL = [
  'https://evil.example',
  'null',
  `${FRIEND}.evil.example`,
  'https://evildesk.example',
  'http://desk.example',
  `${FRIEND}:8443`,
];

const PREFLIGHT = {
  'access-control-request-method': 'DELETE',
  'access-control-request-headers': 'authorization',
};

function assertNoCors(answer: { headers: Headers }): void {
  const sent = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'));
  expect(
    sent.filter(
      (name) => name === 'access-control-allow-origin' || name === 'access-control-allow-credentials',
    ),
  ).toEqual([]);
}

/** What stands around a request: addresses, hosts, origins. */
export const http: Case[] = [
  {
    no: 43,
    what: 'another X-Forwarded-For, Forwarded, X-Real-IP with each attempt',
    expected: 'all count for the address of the socket, which the audit shows',
    scenario: async (world) => {
      await forgetFailures(world);
      for (let index = 1; index <= 8; index += 1) {
        const attempt = atToken(
          { username: `guess.${index}`, password: PASSWORD },
          { ...spoofs(index), 'x-request-id': `spoofed-${index}` },
        );
        assertExpected(await attempt(world), INVALID_GRANT);
      }
      const counted = await world.database.query({
        text: `SELECT key, points FROM sign_in_limits WHERE key LIKE 'address:%'`,
      });
      expect(counted).toEqual([{ key: 'address:127.0.0.1', points: 8 }]);
      const audited = await world.database.query({
        text: `SELECT DISTINCT address FROM audit WHERE request_id LIKE 'spoofed-%'`,
      });
      expect(audited).toEqual([{ address: '127.0.0.1' }]);
      await world.database.query({
        text: `UPDATE sign_in_limits SET points = 50 WHERE key LIKE 'address:%'`,
      });
      const refused = await atToken({ username: 'guess.99', password: PASSWORD }, spoofs(99))(world);
      expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
      await forgetFailures(world);
    },
  },
  {
    no: 57,
    what: "a stranger's 12 wrong passwords, then the owner from an address known for that account, and from a new one",
    expected: '429 for the stranger alone; 200 for the owner from both',
    scenario: async () => {
      // One proxy is believed, so that each of them has an address.
      const desk = await openDesk({ TRUSTED_PROXY_HOPS: '1' });
      try {
        const from = (address: string, password: string): Promise<Answer> =>
          desk.ask('POST', '/api/v1/token', {
            body: form({ username: 'admin', password }),
            headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': address },
          });
        assertExpected(await from('198.51.100.1', PASSWORD), { status: 200 });
        const statuses: number[] = [];
        for (let guess = 1; guess <= 12; guess += 1)
          statuses.push((await from('192.0.2.1', `wrong-${guess}`)).status);
        expect(statuses).toEqual([...Array<number>(10).fill(400), 429, 429]);
        assertExpected(await from('192.0.2.1', PASSWORD), { status: 429 });
        for (const address of ['198.51.100.1', '198.51.100.2'])
          assertExpected(await from(address, PASSWORD), { status: 200 });
      } finally {
        await desk.close();
      }
    },
  },
  {
    no: 44,
    what: 'the Host of somebody else, in every spelling',
    requests: [
      'evil.example',
      'HOST.evil.example',
      'evil.example#HOST',
      'HOST@evil.example',
      '127.0.0.1.evil.example',
      '',
    ].map((host) => raw(['GET /api/v1/status HTTP/1.1', `Host: ${host}`, 'Connection: close'])),
    expected: { status: [400, 421] },
  },
  {
    no: 44,
    what: 'a request line with a URI of somebody else, or of ours',
    requests: [
      'http://evil.example/api/v1/token',
      'http://evil.example',
      '//evil.example/api/v1/token',
      'http://HOST/api/v1/token',
    ].map((uri) => raw([`POST ${uri} HTTP/1.1`, 'Host: HOST', 'Content-Length: 0', 'Connection: close'])),
    expected: { status: [400, 404, 421] },
  },
  {
    no: 44,
    what: 'X-Forwarded-Host, -Proto, -Port, -Prefix and Forwarded that name somebody else',
    expected: 'no effect: every published URL is PUBLIC_URL',
    scenario: async (world) => {
      const urls = await publishedUrls(world, {
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        'x-forwarded-port': '444',
        'x-forwarded-prefix': '/evil',
        'x-original-host': 'evil.example',
        forwarded: 'host=evil.example;proto=https',
      });
      expect(urls.length).toBeGreaterThan(8);
      expect([...new Set(urls)]).toEqual([world.config.publicUrl]);
    },
  },
  {
    no: 45,
    what: 'an Origin that is not ours: evil, null, one that ends or begins like a friend, preflights',
    expected: 'no Access-Control-Allow-Origin on any answer, nor credentials',
    scenario: async (world) => {
      for (const origin of EVIL) {
        for (const path of [
          '/api/v1/me',
          '/api/v1/tickets',
          '/api/v1/user/',
          '/nowhere',
          '/openapi.json',
          '/.well-known/jwks.json',
        ]) {
          assertNoCors(await as('support', 'GET', path, undefined, { origin })(world));
          assertNoCors(await as(undefined, 'OPTIONS', path, undefined, { origin, ...PREFLIGHT })(world));
          assertNoCors(await as(undefined, 'OPTIONS', path, undefined, { origin })(world));
        }
        assertNoCors(await atToken({ username: 'support', password: PASSWORD }, { origin })(world));
        assertNoCors(
          await as(undefined, 'OPTIONS', '/api/v1/token', undefined, { origin, ...PREFLIGHT })(world),
        );
      }
    },
  },
  {
    no: 45,
    what: 'a page of another origin asks for a token',
    requests: EVIL.map((origin) => atToken({ username: 'support', password: PASSWORD }, { origin })),
    expected: { status: 400, error: 'invalid_request' },
  },
  {
    no: 45,
    what: 'the one origin of CORS_ORIGINS',
    expected: 'allowed by name, never by `*`, never with credentials',
    scenario: async (world) => {
      const read = await as('support', 'GET', '/api/v1/me', undefined, { origin: FRIEND })(world);
      const preflight = await as(undefined, 'OPTIONS', '/api/v1/tickets', undefined, {
        origin: FRIEND,
        ...PREFLIGHT,
      })(world);
      for (const { headers } of [read, preflight]) {
        expect([headers.get('access-control-allow-origin'), headers.get('vary')]).toEqual([
          FRIEND,
          expect.stringMatching(/origin/i),
        ]);
      }
      assertRules('OPTIONS', '/api/v1/tickets', preflight);
    },
  },
];
