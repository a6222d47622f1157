import { gzipSync } from 'node:zlib';
import { expect } from '@jest/globals';
import { as, type Attack, type Case, json } from './attacks.js';
import { untilCalm } from './calm.js';
import { inShort } from './operations.js';
import { INVALID_INPUT, MALFORMED } from './rules.js';
import type { World } from './world.js';

const SQL = [
  "' OR 1=1 --",
  "'; DROP TABLE users; --",
  "x') UNION SELECT password_hash FROM users --",
  '\\',
  '%',
  '_',
  '$1',
];

const url = encodeURIComponent;

const ticket = (title: string): string => `{"title": ${title}, "employee_id": 1}`;

const DEEP = 100_000;
const DEEP_ARRAYS = ticket(`${'['.repeat(DEEP)}${']'.repeat(DEEP)}`);
const DEEP_OBJECTS = ticket(`${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`);
const DEEP_OPEN = '['.repeat(DEEP);

async function timeOf(world: World, attack: Attack): Promise<number> {
  const began = performance.now();
  await attack(world);
  return performance.now() - began;
}

/** Text and bodies that no client of good will sends. */
export const input: Case[] = [
  {
    no: 27,
    what: 'SQL in a search and in the filters',
    expected:
      '200 and nothing found, also by the wildcards of LIKE; 422 where the text is too long for the field',
    scenario: async (world) => {
      const found = new Set<string>();
      const filters = ['users?q', 'users?username', 'users?email', 'users?phone', 'users?role'];
      for (const filter of [...filters, 'employees?q', 'employees?email', 'employees?phone']) {
        for (const text of SQL) {
          const answer = await as('admin', 'GET', `/api/v1/${filter}=${url(text)}`)(world);
          found.add(answer.status === 200 ? JSON.stringify(answer.body.items) : inShort(answer));
        }
      }
      expect([...found].sort()).toEqual(['422 validation_failed', '[]']);
    },
  },
  {
    no: 27,
    what: 'SQL in sort, cursor, status and times; in a path',
    requests: SQL.flatMap((text) =>
      [
        `users?sort=${url(text)}`,
        `tickets?sort=${url(`id; ${text}`)}`,
        `tickets?cursor=${url(text)}`,
        `tickets?cursor=${Buffer.from(JSON.stringify(['-id', text, 1])).toString('base64url')}`,
        `users?sort=username&cursor=${Buffer.from(JSON.stringify(['username', { text }, 1])).toString('base64url')}`,
        `tickets?status=${url(text)}`,
        `tickets?created_by=${url(text)}`,
        `tickets?created_from=${url(text)}`,
        `users?disabled=${url(text)}`,
        `tickets/${url(text)}`,
      ].map((rest) => as('admin', 'GET', `/api/v1/${rest}`)),
    ),
    expected: INVALID_INPUT,
  },
  {
    no: 28,
    what: 'NUL in JSON text and in a query',
    requests: [
      json('support', 'POST', '/api/v1/tickets', ticket('"a\\u0000b"')),
      json('support', 'PATCH', '/api/v1/tickets/{ticket}', '{"description": "\\u0000"}'),
      json('admin', 'PATCH', '/api/v1/users/{support}', '{"first_name": "\\u0000"}'),
      json(
        'support',
        'PUT',
        '/api/v1/me/password',
        '{"old_password": "Correct-Horse-7", "password": "Correct\\u0000Horse-7"}',
      ),
      as('admin', 'GET', '/api/v1/users?q=%00'),
      as('admin', 'GET', '/api/v1/users?username=a%00b'),
    ],
    expected: INVALID_INPUT,
  },
  {
    no: 29,
    what: 'a lone surrogate in JSON text',
    requests: ['"\\ud800"', '"a\\udc00"', '"\\ud800\\ud800"'].map((text) =>
      json('support', 'POST', '/api/v1/tickets', ticket(text)),
    ),
    expected: INVALID_INPUT,
  },
  {
    no: 29,
    what: 'bytes that are no UTF-8; no JSON at all',
    requests: [
      json(
        'support',
        'POST',
        '/api/v1/tickets',
        new Uint8Array([...Buffer.from('{"title": "'), 0xff, 0xfe, ...Buffer.from('"}')]),
      ),
      json(
        'support',
        'POST',
        '/api/v1/tickets',
        new Uint8Array([...Buffer.from('{"title": "'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')]),
      ),
      ...['{', 'x', '{"title": NaN}', "{'title': 1}", '{"a":1}{"b":2}'].map((text) =>
        json('support', 'POST', '/api/v1/tickets', text),
      ),
    ],
    expected: MALFORMED,
  },
  {
    no: 30,
    what: 'a body over 1 MiB, and one of 10 MB',
    requests: [1_048_577, 10_000_000].map((length) =>
      json('support', 'POST', '/api/v1/tickets', 'x'.repeat(length)),
    ),
    expected: { status: 413, code: 'payload_too_large' },
  },
  {
    no: 30,
    what: 'the same on a route of the legacy server',
    requests: [json('support', 'POST', '/api/v1/ticket/{employee}', 'x'.repeat(1_048_577))],
    expected: { status: 413, detail: 'The body is larger than 1 MiB.' },
  },
  {
    no: 30,
    what: 'a gzip bomb; XML',
    requests: [
      as('support', 'POST', '/api/v1/tickets', new Uint8Array(gzipSync(Buffer.alloc(10_000_000))), {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      }),
      as('support', 'POST', '/api/v1/tickets', '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', {
        'content-type': 'application/xml',
      }),
    ],
    expected: { status: 415, code: 'unsupported_media_type' },
  },
  {
    no: 31,
    what: 'JSON nested 100,000 deep',
    requests: [DEEP_ARRAYS, DEEP_OBJECTS, DEEP_OPEN].map((text) =>
      json('support', 'POST', '/api/v1/tickets', text),
    ),
    expected: MALFORMED,
    afterwards: async (world) => {
      for (const text of [DEEP_ARRAYS, DEEP_OBJECTS, DEEP_OPEN]) {
        const took = await untilCalm(
          () => timeOf(world, json('support', 'POST', '/api/v1/tickets', text)),
          (time) => time < 50,
          20,
        );
        expect(took).toBeLessThan(50);
      }
    },
  },
  {
    no: 32,
    what: '__proto__ and constructor.prototype in JSON, escaped too, deep down too',
    requests: [
      '{"__proto__": {"role": "admin"}, "first_name": "a"}',
      '{"\\u005f_proto__": {"role": "admin"}}',
      '{"constructor": {"prototype": {"role": "admin"}}}',
      '{"first_name": {"__proto__": {"role": "admin"}}}',
      '[{"__proto__": null}]',
    ].flatMap((text) => [
      json('support', 'PATCH', '/api/v1/me', text),
      json('admin', 'PATCH', '/api/v1/users/{support}', text),
      json('support', 'POST', '/api/v1/tickets', text),
    ]),
    expected: MALFORMED,
    afterwards: () => {
      expect(({} as Record<string, unknown>).role).toBeUndefined();
      return Promise.resolve();
    },
  },
  {
    no: 32,
    what: '__proto__ in a query',
    requests: [
      '__proto__[role]=admin',
      'constructor[prototype][role]=admin',
      '__proto__=x',
      'constructor=x',
      'toString=x',
    ].map((query) => as('admin', 'GET', `/api/v1/users?${query}`)),
    expected: { status: 422 },
  },
];
