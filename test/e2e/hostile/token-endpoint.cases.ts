import { gzipSync } from 'node:zlib';
import { expect } from '@jest/globals';
import { type Answer, form, PASSWORD } from '../../support/desk.js';
import { as, atToken, type Case } from './attacks.js';
import { raw } from './raw.js';
import {
  assertExpected,
  assertRules,
  INVALID_GRANT,
  INVALID_REQUEST,
  INVALID_TOKEN,
  NOT_FOUND,
} from './rules.js';
import { untouched } from './untouched.js';
import { forgetFailures, type World } from './world.js';

const GOOD = form({ username: 'support', password: PASSWORD });

interface Pair {
  access_token: string;
  refresh_token: string;
}

const pair = async (world: World): Promise<Pair> => (await world.signIn('support')).body as Pair;

const refresh = (refresh_token: string, fields: Record<string, string> = {}) =>
  atToken({ grant_type: 'refresh_token', refresh_token, ...fields });

async function assertDead(world: World, { access_token, refresh_token }: Pair): Promise<void> {
  assertExpected(await refresh(refresh_token)(world), INVALID_GRANT);
  assertExpected(await as(access_token, 'GET', '/api/v1/me')(world), INVALID_TOKEN);
}

/** Every one is as wrong as a wrong password, and leaves no session. */
const wrong = (...forms: Record<string, string>[]) => forms.map((fields) => atToken(fields));

const SQL = [
  "' OR 1=1 --",
  "'; DROP TABLE users; --",
  '" OR ""="',
  "\\'; SELECT pg_sleep(9) --",
  '$1',
  '%',
  '_',
];

/** The token endpoint: sign-in, refresh, and what is no form. */
export const tokenEndpoint: Case[] = [
  {
    no: 18,
    what: 'a refresh token used twice',
    expected: '400 invalid_grant, and its successor and every access token of the session are dead',
    scenario: async (world) => {
      const first = await pair(world);
      const next = (await refresh(first.refresh_token)(world)).body as Pair;
      assertExpected(await as(next.access_token, 'GET', '/api/v1/me')(world), { status: 200 });
      assertExpected(await refresh(first.refresh_token)(world), INVALID_GRANT);
      await assertDead(world, next);
      await assertDead(world, first);
    },
  },
  {
    no: 19,
    what: 'one refresh token used 8, 14 and 20 times at once on two instances',
    expected: 'one 200, the rest 400 invalid_grant, the session dead',
    scenario: async (world) => {
      const second = await world.another();
      for (const times of [8, 14, 20]) {
        await forgetFailures(world);
        const first = await pair(world);
        const body = form({ grant_type: 'refresh_token', refresh_token: first.refresh_token });
        const headers = { 'content-type': 'application/x-www-form-urlencoded' };
        const answers: Answer[] = await Promise.all(
          Array.from({ length: times }, (_, index) =>
            (index % 2 ? world : second).ask('POST', '/api/v1/token', { body, headers }),
          ),
        );
        for (const answer of answers) assertRules('POST', '/api/v1/token', answer);
        const won = answers.filter(({ status }) => status === 200);
        const lost = answers.filter(
          ({ status, body: { error } }) => status === 400 && error === 'invalid_grant',
        );
        expect([won.length, lost.length]).toEqual([1, times - 1]);
        await assertDead(world, won[0]?.body as Pair);
        await assertDead(world, first);
      }
    },
  },
  {
    no: 20,
    what: 'a refresh that asks for a wider scope',
    expected: '400 invalid_scope, and the refresh token is not used up',
    scenario: async (world) => {
      const { refresh_token } = await pair(world);
      await untouched(world.database, async () => {
        for (const scope of ['api admin', 'admin', '*']) {
          assertExpected(await refresh(refresh_token, { scope })(world), {
            status: 400,
            error: 'invalid_scope',
          });
        }
      });
      assertExpected(await refresh(refresh_token)(world), { status: 200 });
    },
  },
  {
    no: 25,
    what: 'a parameter given twice; username or password missing or empty; no body',
    requests: [
      ...[
        `${GOOD}&username=admin`,
        `${GOOD}&password=x`,
        `${GOOD}&x=1&x=2`,
        `${GOOD}&grant_type=password&grant_type=password`,
      ],
      ...[
        'username=support',
        `password=${PASSWORD}`,
        'username=support&password=',
        `username=&password=${PASSWORD}`,
        '',
      ],
      ...['grant_type=refresh_token', 'grant_type=refresh_token&refresh_token='],
    ].map((body) => atToken(body)),
    expected: INVALID_REQUEST,
  },
  {
    no: 25,
    what: 'an unknown grant, and those that are not offered',
    requests: ['magic', 'authorization_code', 'client_credentials', 'implicit', 'PASSWORD'].map((grant) =>
      atToken(`${GOOD}&grant_type=${grant}`),
    ),
    expected: { status: 400, error: 'unsupported_grant_type' },
  },
  {
    no: 26,
    what: 'JSON, multipart, text or no media type at the token endpoint',
    requests: [
      atToken(JSON.stringify({ username: 'support', password: PASSWORD }), {
        'content-type': 'application/json',
      }),
      atToken('--x--', { 'content-type': 'multipart/form-data; boundary=x' }),
      atToken(GOOD, { 'content-type': 'text/plain' }),
      atToken(GOOD, { 'content-type': ';;' }),
      atToken(GOOD, { 'content-type': 'application/x-www-form-urlencoded-not' }),
    ],
    expected: INVALID_REQUEST,
  },
  {
    no: 26,
    what: 'GET, PUT, PATCH, DELETE at the token endpoints',
    requests: ['GET', 'PUT', 'PATCH', 'DELETE'].flatMap((method) => [
      as(undefined, method, `/api/v1/token?${GOOD}`),
      as(undefined, method, '/api/v1/token/revoke'),
    ]),
    expected: { status: 405, code: 'method_not_allowed' },
  },
  {
    no: 27,
    what: 'SQL in the username and in the password',
    requests: wrong(...SQL.map((text) => ({ username: text, password: PASSWORD })), {
      username: `support' --`,
      password: PASSWORD,
    }),
    expected: INVALID_GRANT,
    afterwards: forgetFailures,
  },
  {
    no: 27,
    what: 'SQL in the password and in the refresh token',
    requests: [
      ...SQL.slice(0, 3).map((text) => atToken({ username: 'support', password: text })),
      ...SQL.map((text) => refresh(text)),
    ],
    expected: INVALID_GRANT,
    afterwards: forgetFailures,
  },
  {
    no: 28,
    what: 'NUL in a form',
    requests: wrong(
      { username: 'support\0', password: PASSWORD },
      { username: 'sup\0port', password: PASSWORD },
      { username: 'support', password: `${PASSWORD}\0` },
      { grant_type: 'refresh_token', refresh_token: 'a\0b' },
    ),
    expected: INVALID_GRANT,
    afterwards: forgetFailures,
  },
  {
    no: 29,
    what: 'bytes, escapes and surrogates in a form that are no UTF-8',
    requests: [
      'username=support&password=%ff',
      'username=support&password=%ed%a0%80',
      'username=support&password=%zz',
      new Uint8Array([...Buffer.from('username=support&password='), 0xff]),
    ].map((body) => atToken(body)),
    expected: INVALID_REQUEST,
  },
  {
    no: 30,
    what: 'a form over 16 KB, and one of 10 MB',
    requests: [17_000, 10_000_000].map((length) => atToken(`${GOOD}&x=${'x'.repeat(length)}`)),
    expected: { status: 413, error: 'invalid_request' },
  },
  {
    no: 30,
    what: 'a gzip bomb for a form',
    requests: [
      atToken(new Uint8Array(gzipSync(Buffer.alloc(10_000_000, 'x'))), { 'content-encoding': 'gzip' }),
    ],
    expected: { status: 415, error: 'invalid_request' },
  },
  {
    no: 32,
    what: '__proto__ and constructor as names in a form',
    expected: 'ignored: the sign-in succeeds, and no object has changed',
    scenario: async (world) => {
      const polluted = `${GOOD}&__proto__=admin&__proto__[role]=admin&constructor=x&constructor.prototype.role=admin`;
      assertExpected(await atToken(polluted)(world), { status: 200 });
      expect(({} as Record<string, unknown>).role).toBeUndefined();
    },
  },
  {
    no: 53,
    what: 'an old bearer token beside the sign-in, the refresh and the revocation',
    expected: 'not looked at: 200',
    scenario: async (world) => {
      const old = await pair(world);
      const path = '/api/v1/token/revoke';
      const post = (fields: Record<string, string>, token: string): Promise<Answer> =>
        world.ask('POST', path, {
          body: form(fields),
          headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: `Bearer ${token}` },
        });
      assertExpected(await post({ token: old.access_token }, old.access_token), { status: 200 });
      for (const token of [old.access_token, 'x', '', 'a b', 'a,b']) {
        const sent = { authorization: `Bearer ${token}` };
        const first = await atToken(GOOD, sent)(world);
        assertExpected(first, { status: 200 });
        const { refresh_token } = first.body as Pair;
        const next = await atToken({ grant_type: 'refresh_token', refresh_token }, sent)(world);
        assertExpected(next, { status: 200 });
        assertExpected(await post({ token: (next.body as Pair).refresh_token }, token), { status: 200 });
        await assertDead(world, next.body as Pair);
      }
    },
  },
  {
    no: 51,
    what: 'other spellings of the path of the token endpoint',
    requests: [
      '/api/v1/token/',
      '/api/v1//token',
      '//api/v1/token',
      '/api/v1%2ftoken',
      '/api/v1%2Ftoken',
      '/api/v1/%74oken',
      '/api/v1/token%00',
      '/api/v1/token%20',
      '/api/v1/token;x=1',
      '/API/v1/token',
      '/api/v1/Token',
      '/api/v1/x/../token',
      '/api/v1/./token',
      '/api/v1/%2e%2e/v1/token',
      '/api\\v1\\token',
      '/api/v1/token/revoke/',
      '/api/v1/token//revoke',
    ].map((path) =>
      raw(
        [
          `POST ${path} HTTP/1.1`,
          'Host: HOST',
          'Content-Type: application/x-www-form-urlencoded',
          `Content-Length: ${GOOD.length}`,
          'Connection: close',
        ],
        GOOD,
      ),
    ),
    expected: NOT_FOUND,
  },
  {
    no: 51,
    what: 'other spellings of paths of the API',
    requests: [
      '/api/v1/users/',
      '/api/v1//users',
      '/API/v1/users',
      '/api/v1/x/../users',
      '/api/v1/me/',
      '/api/v1%2fme',
    ].map((path) => raw([`GET ${path} HTTP/1.1`, 'Host: HOST', 'Connection: close'])),
    expected: NOT_FOUND,
  },
];
