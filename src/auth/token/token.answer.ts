import { problemOf } from '../../platform/errors/problem.filter.js';
import type { Problem } from '../../platform/errors/problem.js';
import { invalidRequest, OAuthRefusal } from './oauth.refusal.js';
import type { TokenAnswer } from './token.service.js';

/** The sentence of the older ticket server. */
const OLDER_WRONG_PASSWORD = 'Incorrect User name or password';

/** One for all causes: which of them it was is nobody's business. */
const INVALID_GRANT =
  'The username, the password or the refresh token is wrong, or no longer valid. Sign in again with the right ones.';

export interface Rendered {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown> | undefined;
}

/** An answer of the provider in the form our clients know. */
export function renderAnswer({ status, headers, body }: TokenAnswer, compat: boolean): Rendered {
  if (body === undefined) return { status, headers, body };
  if (typeof body.error === 'string') {
    const description = typeof body.error_description === 'string' ? body.error_description : body.error;
    return { status, headers, body: errorBody(body.error, description, compat) };
  }
  if (typeof body.token_type !== 'string') return { status, headers, body };
  return { status, headers, body: { ...body, token_type: body.token_type.toLowerCase() } };
}

export const renderRefusal = (
  { status, headers, error, description }: OAuthRefusal,
  compat: boolean,
): Rendered => ({
  status,
  headers,
  body: errorBody(error, description, compat),
});

function errorBody(error: string, description: string, compat: boolean): Record<string, unknown> {
  const isGrant = error === 'invalid_grant';
  const error_description = isGrant ? INVALID_GRANT : description;
  const detail = isGrant ? OLDER_WRONG_PASSWORD : error_description;
  return { error, error_description, ...(compat ? { detail } : {}) };
}

/**
 * What went wrong before or beside the provider, in OAuth's terms.
 * RFC 6749 has no error of its own for "slow down"; `temporarily_unavailable` (4.1.2.1) is the one of its words that
 * says "later", where `slow_down` (RFC 8628) would tell a client to go on polling.
 */
export function refusalOf(error: unknown): OAuthRefusal | Problem {
  if (error instanceof OAuthRefusal) return error;
  const { code = '', statusCode = 500 } = error as { code?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return invalidRequest('The body is larger than 16 KiB.', 413);
  if (code.startsWith('FST_') && statusCode < 500) {
    return invalidRequest(
      'Send a form, as application/x-www-form-urlencoded, with its length in Content-Length.',
    );
  }
  const problem = problemOf(error);
  if (problem.status === 429 || problem.status === 503) {
    return new OAuthRefusal(problem.status, 'temporarily_unavailable', problem.detail, problem.headers);
  }
  if (problem.status === 415 || problem.status === 400) return invalidRequest(problem.detail, problem.status);
  if (problem.status === 500) return new OAuthRefusal(500, 'server_error', problem.detail);
  return problem;
}
