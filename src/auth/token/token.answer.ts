import { problemOf } from '../../platform/errors/problem.filter.js';
import type { Problem } from '../../platform/errors/problem.js';
import { invalidRequest, OAuthRefusal } from './oauth.refusal.js';
import type { TokenAnswer } from './token.service.js';

/** The sentence of the legacy ticket server. */
const LEGACY_WRONG_PASSWORD = 'Incorrect User name or password';

/** One for all causes: which of them it was is nobody's business. */
const INVALID_GRANT =
  'The username, the password or the refresh token is wrong, or no longer valid. Sign in again with the right ones.';

/** For the one cause that its own session pays for: whoever has the token may know, and learns nothing of a password. */
const REUSED_REFRESH_TOKEN =
  'This refresh token was used before, so its session has ended, in case somebody stole it: sign in again. Each refresh ' +
  'token works once: let one tab refresh for all and share the new token, and sign in again after a lost answer instead of ' +
  'repeating the request.';

export interface Rendered {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown> | undefined;
}

/** An answer of the provider in the form our clients know. */
export function renderAnswer({ status, headers, body, reused }: TokenAnswer, compat: boolean): Rendered {
  if (body === undefined) return { status, headers, body };
  if (typeof body.error === 'string') {
    if (reused) return { status, headers, body: bodyOf(body.error, REUSED_REFRESH_TOKEN, compat) };
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
  return error === 'invalid_grant'
    ? bodyOf(error, INVALID_GRANT, compat, LEGACY_WRONG_PASSWORD)
    : bodyOf(error, description, compat);
}

/** @param detail what clients of the ticket server read. */
const bodyOf = (
  error: string,
  error_description: string,
  compat: boolean,
  detail = error_description,
): Record<string, unknown> => ({ error, error_description, ...(compat ? { detail } : {}) });

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
