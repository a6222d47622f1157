import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect } from '@jest/globals';
import { as, type Attack, type Case } from './attacks.js';
import {
  bearer,
  forged,
  respelled,
  seconds,
  signedWithPublicKey,
  tampered,
  unsigned,
  withClaims,
} from './forge.js';
import { assertExpected, INVALID_TOKEN } from './rules.js';
import { untouched } from './untouched.js';
import type { World } from './world.js';

const authorized = (authorization: string, path = '/api/v1/me'): Attack =>
  as(undefined, 'GET', path, undefined, { authorization });

/** Access tokens that nobody issued. */
export const tokens: Case[] = [
  {
    no: 1,
    what: 'alg none',
    requests: ['none', 'None', 'NONE'].map((alg) => bearer(unsigned(alg))),
    expected: INVALID_TOKEN,
  },
  {
    no: 2,
    what: 'HS256 signed with the public key',
    requests: (['PEM', 'JWK', 'x'] as const).map((form) => bearer(signedWithPublicKey(form))),
    expected: INVALID_TOKEN,
  },
  {
    no: 3,
    what: "alg differs from the kid's; unknown, absent or foreign kid",
    requests: [
      bearer(forged({ key: 'our RSA', alg: 'RS512' })),
      bearer(forged({ key: 'our RSA', alg: 'PS256' })),
      bearer(async (world) => forged({ header: { kid: await rsaKid(world) } })(world)),
      bearer(forged({ header: { kid: 'unknown' } })),
      bearer(forged({ header: { kid: undefined } })),
      bearer(forged({ key: 'theirs' })),
    ],
    expected: INVALID_TOKEN,
    // What all these forgeries have in common is good: else they would be refused for that.
    afterwards: async (world) => {
      for (const key of ['ours', 'our RSA'] as const) {
        assertExpected(await bearer(forged({ key }))(world), { status: 200 });
      }
    },
  },
  {
    no: 4,
    what: 'payload tampered; signature truncated, not canonical, padded, absent',
    requests: [
      bearer(tampered((parts) => withClaims(parts, { sub: '1' }))),
      bearer(tampered(({ header, payload, signature }) => `${header}.${payload}.${signature.slice(0, -4)}`)),
      bearer(tampered(({ header, payload, signature }) => `${header}.${payload}.${respelled(signature)}`)),
      bearer(tampered(({ header, payload, signature }) => `${header}.${payload}.${signature}=`)),
      bearer(tampered(({ header, payload }) => `${header}.${payload}.`)),
      bearer(tampered(({ header, payload }) => `${header}.${payload}`)),
    ],
    expected: INVALID_TOKEN,
  },
  {
    no: 5,
    what: 'kid is a path, SQL, NUL, 10 KB long',
    expected: '401, and the database is not asked',
    scenario: async (world) => {
      for (const kid of ["../../x' or 1=1", '/etc/passwd', 'a\0b', 'k'.repeat(7_500), 'k'.repeat(5_000)]) {
        const forge = await forged({ header: { kid } })(world);
        await withoutDatabase(world, async () =>
          assertExpected(await authorized(`Bearer ${forge}`)(world), INVALID_TOKEN),
        );
      }
      const long = await forged({ header: { kid: 'k'.repeat(10_000) } })(world);
      await withoutDatabase(world, async () =>
        assertExpected(await authorized(`Bearer ${long}`)(world), INVALID_TOKEN),
      );
    },
  },
  {
    no: 6,
    what: 'jku, x5u or an embedded jwk that lead to a listener of the attacker',
    expected: '401, and the listener sees no connection',
    scenario: async (world) => {
      let connections = 0;
      const listener = createServer((socket) => socket.destroy()).on('connection', () => (connections += 1));
      await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/jwks.json`;
      try {
        for (const lure of [
          { jku: url },
          { x5u: url },
          { jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } },
        ]) {
          for (const kid of [{}, { kid: 'theirs' }]) {
            const request = bearer(forged({ key: 'theirs', header: { ...lure, ...kid } }));
            assertExpected(await untouched(world.database, () => request(world)), INVALID_TOKEN);
          }
        }
      } finally {
        await new Promise((resolve) => listener.close(resolve));
      }
      expect(connections).toBe(0);
    },
  },
  {
    no: 7,
    what: 'an ID token, or another kind of JWT, as access token',
    requests: [
      bearer(forged({ header: { typ: 'JWT' } })),
      bearer(forged({ header: { typ: undefined } })),
      bearer(forged({ header: { typ: 'logout+jwt' } })),
      bearer(
        forged({
          header: { typ: 'JWT' },
          claims: { aud: 'frontdesk', sid: undefined, client_id: undefined },
        }),
      ),
    ],
    expected: INVALID_TOKEN,
  },
  {
    no: 8,
    what: 'expired for more than 5 s; exp missing; a life longer than ours',
    requests: [
      bearer(forged({ claims: () => ({ iat: seconds() - 600, exp: seconds() - 6 }) })),
      bearer(forged({ claims: { exp: undefined } })),
      bearer(forged({ claims: { iat: undefined } })),
      bearer(forged({ claims: ({ iat }) => ({ exp: Number(iat) + 3_601 }) })),
    ],
    expected: INVALID_TOKEN,
  },
  {
    no: 8,
    what: 'expired, on a route of the legacy server',
    requests: [
      bearer(forged({ claims: () => ({ iat: seconds() - 600, exp: seconds() - 6 }) }), '/api/v1/user/'),
    ],
    expected: { status: 400, detail: 'Token has expired' },
  },
  {
    no: 9,
    what: 'nbf or iat in the future',
    requests: [
      bearer(forged({ claims: () => ({ nbf: seconds() + 60 }) })),
      bearer(forged({ claims: () => ({ iat: seconds() + 60, exp: seconds() + 600 }) })),
    ],
    expected: INVALID_TOKEN,
  },
  {
    no: 10,
    what: 'another aud, a prefix of ours, several; another iss, a list of them',
    requests: [
      { aud: 'https://other.example/api/v1' },
      { aud: undefined },
      { iss: 'https://other.example' },
      { iss: undefined },
    ]
      .map((claims) => bearer(forged({ claims })))
      .concat([
        bearer(forged({ claims: ({ iss }) => ({ aud: iss }) })),
        bearer(forged({ claims: ({ aud }) => ({ aud: `${String(aud)}/users` }) })),
        bearer(forged({ claims: ({ aud }) => ({ aud: [aud, 'https://other.example'] }) })),
        bearer(forged({ claims: ({ iss }) => ({ iss: [iss] }) })),
        bearer(forged({ claims: ({ iss }) => ({ iss: `${String(iss)}/` }) })),
      ]),
    expected: INVALID_TOKEN,
  },
  {
    no: 10,
    what: 'any forged token, on a route of the legacy server',
    requests: [
      bearer(unsigned('none'), '/api/v1/user/'),
      bearer(signedWithPublicKey('PEM'), '/api/v1/ticket/'),
      bearer(forged({ key: 'theirs' }), '/api/v1/employee/', 'POST'),
      bearer(forged({ claims: { aud: 'https://other.example' } }), '/api/v1/user/password', 'PATCH'),
    ],
    expected: {
      status: 401,
      detail: 'Could not validate credentials',
      challenge: 'Bearer error="invalid_token"',
    },
  },
];

/** The kid of our other key. */
async function rsaKid(world: World): Promise<string> {
  const { keys } = (await world.ask('GET', '/.well-known/jwks.json')).body as {
    keys: { kid: string; alg: string }[];
  };
  return keys.find(({ alg }) => alg === 'RS256')?.kid ?? '';
}

/** Not one statement may be sent because of it; those that a timer sends meanwhile are not sent each time. */
async function withoutDatabase(world: World, work: () => Promise<void>): Promise<void> {
  for (const isLast of [false, false, true]) {
    world.heard.statements.length = 0;
    await work();
    if (world.heard.statements.length === 0 && !isLast) return;
  }
  expect(world.heard.statements).toEqual([]);
}
