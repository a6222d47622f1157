import { expect } from '@jest/globals';
import type { Answer } from '../../support/desk.js';
import type { Expected } from './case.js';

const OAUTH = /^\/api\/v1\/token(?:\/revoke)?(?:\?|$)/;
const OCCUPANCY = /^\/space(?=[/?]|$)/;
const LEGACY = /^\/api\/v1\/(?:user|employee|ticket)(?=[/?]|$)/;

// What would tell a stranger how we are built: a stack, a statement, a driver.
const INSIDE =
  /\bat .+:\d+:\d+|node_modules|\b(?:SELECT|INSERT|UPDATE|DELETE) .*\b(?:FROM|INTO|SET|WHERE)\b|\bpg_|typeorm/i;

type Form =
  'a problem' | 'an OAuth error' | 'the legacy form' | "the occupancy service's form" | 'none of ours';

function formOf({ status, headers, body }: Answer): Form {
  const [type] = (headers.get('content-type') ?? '').split(';');
  const keys = typeof body === 'object' && body !== null ? Object.keys(body as object) : [];
  if (type === 'application/json') {
    if (
      keys.includes('error') &&
      keys.includes('error_description') &&
      headers.get('cache-control') === 'no-store'
    ) {
      return 'an OAuth error';
    }
    if (keys.join() === 'error') return "the occupancy service's form";
    return keys.join() === 'detail' ? 'the legacy form' : 'none of ours';
  }
  const told = ['type', 'title', 'status', 'detail', 'code', 'request_id'].every((key) => keys.includes(key));
  return type === 'application/problem+json' && told && body.status === status ? 'a problem' : 'none of ours';
}

function expectedForm(method: string, path: string, status: number): Form {
  if (OAUTH.test(path) && method === 'POST' && status !== 421) return 'an OAuth error';
  if (OCCUPANCY.test(path)) return "the occupancy service's form";
  return LEGACY.test(path) ? 'the legacy form' : 'a problem';
}

/** What holds for every answer, whatever was asked. @param busy whether "try later" is an answer that is expected here. */
export function assertRules(method: string, path: string, answer: Answer, busy = false): void {
  const { status, headers, text } = answer;
  const at = `${method} ${path.slice(0, 100)}`;
  const fault = status >= 500 && !(busy && status === 503 && headers.has('retry-after'));
  expect([at, fault ? `${status} ${text}` : 'no fault']).toEqual([at, 'no fault']);
  expect([at, headers.get('access-control-allow-credentials')]).toEqual([at, null]);
  if (status === 401) expect([at, headers.get('www-authenticate')]).toEqual([at, expect.any(String)]);
  if (status < 400 || method === 'HEAD') return;
  expect([at, status, formOf(answer)]).toEqual([at, status, expectedForm(method, path, status)]);
  expect([at, text]).toEqual([at, expect.not.stringMatching(INSIDE)]);
}

/** Holds an answer to its row. */
export function assertExpected({ status, headers, body, text }: Answer, expected: Expected): void {
  const { status: statuses, challenge, ...members } = expected;
  const shown = text.slice(0, 300);
  expect({ status, shown }).toEqual({
    status: [statuses].flat().includes(status) ? status : statuses,
    shown,
  });
  expect(body ?? {}).toMatchObject(members);
  const header = headers.get('www-authenticate');
  if (challenge instanceof RegExp) expect(header).toMatch(challenge);
  else if (challenge !== undefined) expect(header).toBe(challenge);
}

export const INVALID_TOKEN: Expected = {
  status: 401,
  code: 'invalid_token',
  challenge: 'Bearer error="invalid_token"',
};
/** RFC 6750, 3: no error where no token was sent. */
export const NO_TOKEN: Expected = { status: 401, code: 'invalid_token', challenge: 'Bearer' };
export const FORBIDDEN: Expected = { status: 403, code: 'forbidden' };
export const LEGACY_FORBIDDEN: Expected = { status: 401, detail: 'Not enough permissions' };
export const INVALID_GRANT: Expected = { status: 400, error: 'invalid_grant' };
export const INVALID_REQUEST: Expected = { status: 400, error: 'invalid_request' };
export const INVALID_INPUT: Expected = { status: 422, code: 'validation_failed' };
export const UNKNOWN_FIELD: Expected = { status: 422, code: 'unknown_field' };
export const MALFORMED: Expected = { status: 400, code: 'malformed_request' };
export const NOT_FOUND: Expected = { status: 404, code: 'not_found' };
