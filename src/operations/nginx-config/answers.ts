import { STATUS_CODES } from 'node:http';
import type { ProblemCode } from '../../platform/errors/problem.js';
import { block, type Lines, type Site } from './site.js';

const HIDDEN = '/.frontdesk';

const quoted = (text: string): string => `'${text.replace(/'/g, "\\'")}'`;

const problem = (status: number, code: ProblemCode, detail: string): string =>
  quoted(
    JSON.stringify({
      ...{ type: 'about:blank', title: STATUS_CODES[status], status, detail, code },
      request_id: '$request_id',
    }),
  );

const internal = (path: string, type: string, ...content: Lines): Lines =>
  // Without the types of nginx: those of Debian would read the ending of the path.
  block(
    `location = ${HIDDEN}/${path}`,
    'internal;',
    '# Over HTTP/2 what is too large is refused in each location again.',
    'client_max_body_size 0;',
    'types { }',
    `default_type ${type};`,
    ...content,
  );

const PROBLEM = 'application/problem+json';

/** What nginx refuses by itself, in the form of the application: status, what leads there, code, sentence. */
const REFUSALS: [status: number, causes: string, code: ProblemCode, detail: string][] = [
  [
    400,
    '400 494 495 496 497',
    'malformed_request',
    'This is not a well-formed HTTPS request, or its headers are too large.',
  ],
  [404, '404', 'not_found', 'There is no such path.'],
  [405, '405', 'method_not_allowed', 'This method is not known here.'],
  [413, '413', 'payload_too_large', 'The body is larger than 16 MiB.'],
  [414, '414', 'malformed_request', 'The path is too long.'],
  [429, '429', 'rate_limited', 'Too many requests come from this address. Try again in 5 s.'],
];

const CLOSED = {
  unavailable: 'The service is not available at the moment. Try again in a few seconds.',
  maintenance: 'This service is closed for maintenance. Try again in a few minutes.',
} as const;

const page = (text: string): string =>
  quoted(
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
      `<title>Frontdesk</title></head><body><h1>Frontdesk</h1><p>${text}</p></body></html>\n`,
  );

/** Stands in a server that answers for nobody. */
export const misdirected = (): Lines => [
  `default_type ${PROBLEM};`,
  `return 421 ${problem(421, 'misdirected_request', 'This server does not answer for that Host.')};`,
];

/** The answers of nginx itself, and what leads to them. */
export const ownAnswers = ({ maintenanceFlag, paths }: Site): Lines => [
  '# An answer of the application goes through as it is; these are for what does not get there.',
  'recursive_error_pages on;',
  'error_page 418 = @frontdesk_keyed;',
  ...(paths.once.length === 0 ? [] : ['error_page 419 = @frontdesk_once;']),
  'error_page 502 504 = @frontdesk_down;',
  ...REFUSALS.map(([status, causes]) => `error_page ${causes} =${status} ${HIDDEN}/${status};`),
  ...REFUSALS.flatMap(([status, , code, detail]) =>
    internal(String(status), PROBLEM, `return ${status} ${problem(status, code, detail)};`),
  ),
  ...block(
    'location @frontdesk_down',
    'set $frontdesk_why unavailable;',
    `if (-f ${maintenanceFlag}) {`,
    ['set $frontdesk_why maintenance;'],
    '}',
    `rewrite ^ ${HIDDEN}/$frontdesk_why.$frontdesk_down last;`,
  ),
  ...(['unavailable', 'maintenance'] as const).flatMap((why) => [
    ...internal(`${why}.json`, PROBLEM, `return 503 ${problem(503, why, CLOSED[why])};`),
    ...internal(`${why}.html`, 'text/html', `return 503 ${page(CLOSED[why])};`),
  ]),
];
