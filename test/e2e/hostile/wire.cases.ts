import { expect } from '@jest/globals';
import type { Attack, Case } from './attacks.js';
import { hostOf, raw, type RawAnswer, sendRaw } from './raw.js';
import { assertExpected, MALFORMED, NO_TOKEN } from './rules.js';

const SMUGGLED = 'GET /api/v1/status HTTP/1.1\r\nHost: HOST\r\n\r\n';

const POST = ['POST /api/v1/tickets HTTP/1.1', 'Host: HOST', 'Content-Type: application/json'];

/** A request in two readings: one answer, 400, and the connection is closed before what may lie behind it. */
const ambiguous =
  (lines: readonly string[], body = ''): Attack =>
  async (world) => {
    const answer = (await raw(lines, body.replace('HOST', hostOf(world.url)))(world)) as RawAnswer;
    expect([lines.join(' | '), answer.answers, answer.closed]).toEqual([lines.join(' | '), 1, true]);
    return answer;
  };

/** What is no request of HTTP, and what two readers could understand differently. */
export const wire: Case[] = [
  {
    no: 41,
    what: 'CL.TE and TE.CL: Content-Length beside Transfer-Encoding',
    requests: [
      ambiguous([...POST, 'Content-Length: 6', 'Transfer-Encoding: chunked'], `0\r\n\r\n${SMUGGLED}`),
      ambiguous([...POST, 'Transfer-Encoding: chunked', 'Content-Length: 4'], `0\r\n\r\n${SMUGGLED}`),
    ],
    expected: MALFORMED,
  },
  {
    no: 41,
    what: 'TE.TE: Transfer-Encoding twice, misspelled, or not chunked at last',
    requests: [
      ambiguous(
        [...POST, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
        `0\r\n\r\n${SMUGGLED}`,
      ),
      ambiguous([...POST, 'Transfer-Encoding: xchunked'], `0\r\n\r\n${SMUGGLED}`),
      ambiguous([...POST, 'Transfer-Encoding: chunked, identity'], `0\r\n\r\n${SMUGGLED}`),
      ambiguous([...POST, 'Transfer-Encoding : chunked'], `0\r\n\r\n${SMUGGLED}`),
    ],
    expected: MALFORMED,
  },
  {
    no: 41,
    what: 'two Content-Length, alike or not; one that is no number',
    requests: ['5\r\nContent-Length: 6', '5\r\nContent-Length: 5', '5, 5', '+5', '-1', '0x5', '5 5'].map(
      (length) => ambiguous([...POST, `Content-Length: ${length}`], `{"a":1${SMUGGLED}`),
    ),
    expected: MALFORMED,
  },
  {
    no: 41,
    what: 'obs-fold; a space before the colon; a bare CR or LF; NUL in a header; a bad chunk size',
    requests: [
      ambiguous(['GET /api/v1/me HTTP/1.1', 'Host: HOST', 'X-Folded: a\r\n b']),
      ambiguous(['GET /api/v1/me HTTP/1.1', 'Host: HOST', 'Authorization : Bearer x']),
      ambiguous(['GET /api/v1/me HTTP/1.1', 'Host: HOST', 'X-Bare: a\rb']),
      ambiguous(['GET /api/v1/me HTTP/1.1', 'Host: HOST', 'X-Nul: a\0b']),
      ambiguous(['GET /api/v1/me HTTP/1.1', ' Host: HOST']),
      ambiguous(['GET /api/v1/me HTTP/1.1', 'Host: HOST', 'X-Esc: \x1b[31mred']),
      ambiguous([...POST, 'Transfer-Encoding: chunked'], `zz\r\n\r\n${SMUGGLED}`),
      ambiguous([...POST, 'Transfer-Encoding: chunked'], `-1\r\n\r\n${SMUGGLED}`),
      ambiguous(['GET /api/v1/me HTTP/9.9', 'Host: HOST']),
    ],
    expected: MALFORMED,
  },
  {
    no: 41,
    what: 'two Hosts, alike or not; none',
    requests: [
      ambiguous(['GET /api/v1/status HTTP/1.1', 'Host: HOST', 'Host: evil.example']),
      ambiguous(['GET /api/v1/status HTTP/1.1', 'Host: HOST', 'Host: HOST']),
      ambiguous(['GET /api/v1/status HTTP/1.1', 'Accept: */*']),
    ],
    expected: MALFORMED,
  },
  {
    no: 41,
    what: 'an expectation other than 100-continue; CONNECT; an unknown method',
    expected: 'not met, so a refusal as without it; no answer and a closed connection; a refusal in our form',
    scenario: async (world) => {
      const expectation = await raw([
        'GET /api/v1/status HTTP/1.1',
        'Host: HOST',
        'Expect: the unexpected',
        'Connection: close',
      ])(world);
      assertExpected(expectation, NO_TOKEN);
      const method = await raw(['BREW /api/v1/status HTTP/1.1', 'Host: HOST', 'Connection: close'])(world);
      assertExpected(method, MALFORMED);
      const known = await raw(['PROPFIND /api/v1/users HTTP/1.1', 'Host: HOST', 'Connection: close'])(world);
      assertExpected(known, { status: [404, 405] });
      const tunnel = await sendRaw(
        world,
        `CONNECT evil.example:443 HTTP/1.1\r\nHost: ${hostOf(world.url)}\r\n\r\n`,
      );
      expect([tunnel.answers, tunnel.closed]).toEqual([0, true]);
    },
  },
  {
    no: 41,
    what: 'what only nginx reads: a request that it and the application could understand differently',
    deploy: 'nginx answers 400 itself, and passes one request a connection in its own spelling',
    expected: 'one 400 and close',
  },
  {
    no: 42,
    what: 'slow headers, slow bodies and readers that do not read',
    deploy: 'nginx cuts each of them',
    expected: 'cut after 6 s at the latest',
  },
];
