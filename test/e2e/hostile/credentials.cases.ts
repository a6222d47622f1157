import { expect } from '@jest/globals';
import { makeUser } from '../../support/desk.js';
import { as, atToken, type Attack, type Case } from './attacks.js';
import { answersOf, call, tableOf } from './operations.js';
import { hostOf, sendRaw } from './raw.js';
import { assertExpected, assertRules, INVALID_GRANT, INVALID_TOKEN, NO_TOKEN } from './rules.js';
import { untouched } from './untouched.js';

const authorized = (authorization: string, path = '/api/v1/me'): Attack =>
  as(undefined, 'GET', path, undefined, { authorization });

/** Whom a token stands for, and how it is sent. */
export const credentials: Case[] = [
  {
    no: 11,
    what: 'the token of a deleted user, and of a revoked session',
    expected: '401 at the next request, read or write; legacy routes say 400 of a deleted user',
    scenario: async (world) => {
      const { id } = await makeUser(world, 'leaving');
      const gone = String((await world.signIn('leaving')).body.access_token);
      const revoked = String((await world.signIn('support')).body.access_token);
      for (const token of [gone, revoked])
        expect((await as(token, 'GET', '/api/v1/me')(world)).status).toBe(200);
      await world.ask('DELETE', `/api/v1/users/${id}`, { as: 'admin' });
      await world.ask('POST', '/api/v1/token/revoke', {
        body: `token=${revoked}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      await untouched(world.database, async () => {
        for (const token of [gone, revoked]) {
          assertExpected(await as(token, 'GET', '/api/v1/me')(world), INVALID_TOKEN);
          assertExpected(
            await as(token, 'PATCH', '/api/v1/me', { first_name: 'Back' })(world),
            INVALID_TOKEN,
          );
        }
        const legacy = await as(gone, 'GET', '/api/v1/ticket/')(world);
        assertExpected(legacy, { status: 400, detail: 'Incorrect User name or password' });
        assertExpected(await as(revoked, 'GET', '/api/v1/ticket/')(world), {
          status: 401,
          detail: 'Could not validate credentials',
        });
      });
    },
  },
  {
    no: 12,
    what: 'the token of a disabled user, an admin, on every operation of the OpenAPI document',
    expected:
      '403 account_disabled; legacy routes 400 `User disabled`; the authentication section stays open',
    scenario: async (world) => {
      const answers = await untouched(world.database, () =>
        answersOf(world.operations, (operation) => call(world, operation, 'disabled')),
      );
      expect(answers).toEqual(
        tableOf(world.operations, ({ legacy, occupancy, authentication, method }) => {
          if (legacy) return '400 User disabled';
          if (occupancy) return '403 in words';
          if (!authentication) return '403 account_disabled';
          return method === 'GET' ? '200' : '422 validation_failed';
        }),
      );
    },
  },
  {
    no: 13,
    what: 'login_denied: by password, by refresh token, with a token from before',
    expected: '400 invalid_grant with the body of a wrong password, byte for byte; the old token 401',
    scenario: async (world) => {
      const { id } = await makeUser(world, 'denied');
      const { access_token, refresh_token } = (await world.signIn('denied')).body;
      await world.ask('PATCH', `/api/v1/users/${id}`, { as: 'admin', body: { login_denied: true } });
      await untouched(world.database, async () => {
        const wrong = await world.signIn('support', 'Wrong-Horse-7');
        assertExpected(wrong, INVALID_GRANT);
        const byPassword = await world.signIn('denied');
        const byRefresh = await atToken({
          grant_type: 'refresh_token',
          refresh_token: String(refresh_token),
        })(world);
        expect([byPassword, byRefresh].map(({ status, text }) => [status, text])).toEqual(
          Array(2).fill([400, wrong.text]),
        );
        assertExpected(await as(String(access_token), 'GET', '/api/v1/me')(world), INVALID_TOKEN);
      });
    },
  },
  {
    no: 14,
    what: 'no Authorization, on every operation of the OpenAPI document',
    expected: '401 with `WWW-Authenticate: Bearer` and no error; legacy routes `Not authenticated`',
    scenario: async (world) => {
      const answers = await untouched(world.database, () =>
        answersOf(world.operations, async (operation) => {
          const answer = await call(world, operation, undefined);
          expect(answer.headers.get('www-authenticate')).toBe('Bearer');
          return answer;
        }),
      );
      expect(answers).toEqual(
        tableOf(world.operations, ({ legacy, occupancy }) =>
          legacy ? '401 Not authenticated' : occupancy ? '401 in words' : '401 invalid_token',
        ),
      );
    },
  },
  {
    no: 14,
    what: 'Authorization of another scheme',
    requests: [authorized('Basic Og=='), authorized('DPoP x')],
    expected: NO_TOKEN,
  },
  {
    no: 15,
    what: 'the token in the query alone',
    requests: [async (world) => world.ask('GET', `/api/v1/me?access_token=${await world.token('support')}`)],
    expected: NO_TOKEN,
  },
  {
    no: 15,
    what: 'the token in the body alone, as JSON',
    requests: [
      async (world) =>
        world.ask('PATCH', '/api/v1/me', { body: { access_token: await world.token('support') } }),
    ],
    expected: NO_TOKEN,
  },
  {
    no: 15,
    what: 'one token in the header and one in the body',
    requests: [
      async (world) =>
        world.ask('PATCH', '/api/v1/me', {
          as: 'support',
          body: { access_token: await world.token('support') },
        }),
      async (world) =>
        world.ask('PATCH', '/api/v1/me', {
          as: 'support',
          body: `access_token=${await world.token('support')}`,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
    ],
    expected: { status: 400, code: 'invalid_request' },
  },
  {
    no: 16,
    what: '`Bearer` and nothing, two words, a comma, 9 KB',
    requests: [
      'Bearer',
      'Bearer a b',
      'Bearer a,b',
      'Bearer "a"',
      'Bearer a',
      `Bearer ${'a'.repeat(9_000)}`,
    ].map((header) => authorized(header)),
    expected: INVALID_TOKEN,
  },
  {
    no: 16,
    what: 'a token of 64 KB',
    requests: [
      async (world) => {
        const head = [
          'GET /api/v1/me HTTP/1.1',
          `Host: ${hostOf(world.url)}`,
          `Authorization: Bearer ${'a'.repeat(65_536)}`,
        ];
        const answer = await sendRaw(world, `${head.join('\r\n')}\r\n\r\n`);
        assertRules('GET', '/api/v1/me', answer);
        expect(answer).toMatchObject({ answers: 1, closed: true });
        return answer;
      },
    ],
    expected: { status: 400, code: 'malformed_request' },
  },
];
