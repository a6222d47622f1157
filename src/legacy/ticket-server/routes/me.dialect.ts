import type { ErrorDialect } from '../../../platform/errors/dialect.js';
import { PROBLEM_JSON, problemBody } from '../../../platform/errors/problem.filter.js';
import { legacyWording } from './wording.js';

const SHARED = /^\/api\/v1\/(?:me|status)(?=\?|$)/;

/** Paths that both APIs have: our status and our body, but for the sentence that the legacy clients look for. */
export const meDialect: ErrorDialect = {
  speaks: ({ url }) => SHARED.test(url),
  render: (problem, request) => ({
    status: problem.status,
    type: PROBLEM_JSON,
    body: { ...problemBody(problem, request.id), detail: legacyWording(problem)?.detail ?? problem.detail },
  }),
};
