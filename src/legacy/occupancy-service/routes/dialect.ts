import type { DialectAnswer, ErrorDialect } from '../../../platform/errors/dialect.js';
import type { Problem } from '../../../platform/errors/problem.js';
import { isOccupancyPath } from './paths.js';

/** Pages of any origin may ask, but never with credentials. */
export const ANY_ORIGIN = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'x-requested-with, authorization',
};

const answer = (status: number, error: string): DialectAnswer => ({
  status,
  type: 'application/json',
  headers: ANY_ORIGIN,
  body: { error },
});

function render({ status, code, reason, detail }: Problem): DialectAnswer {
  if (code === 'not_found')
    return answer(404, reason === 'space' ? 'Space not found' : 'Invalid URL requested');
  return answer(code === 'validation_failed' ? 400 : status, detail);
}

/** `{"error": ...}` and nothing else. */
export const occupancyDialect: ErrorDialect = { speaks: ({ url }) => isOccupancyPath(url), render };
