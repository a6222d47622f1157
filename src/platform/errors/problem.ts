/** Stable words a client may branch on; CONTRACT of the API, so a new one is added here first. */
export type ProblemCode =
  | 'invalid_token'
  | 'invalid_request'
  | 'insufficient_scope'
  | 'forbidden'
  | 'account_disabled'
  | 'password_change_required'
  | 'wrong_password'
  | 'not_found'
  | 'method_not_allowed'
  | 'misdirected_request'
  | 'validation_failed'
  | 'unknown_field'
  | 'malformed_request'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'username_taken'
  | 'email_taken'
  | 'phone_taken'
  | 'last_admin'
  | 'in_use'
  | 'id_taken'
  | 'has_children'
  | 'device_revoked'
  | 'capacity_reached'
  | 'nobody_inside'
  | 'event_mismatch'
  | 'too_late'
  | 'in_future'
  | 'before_counting'
  | 'transition_refused'
  | 'precondition_failed'
  | 'idempotency_mismatch'
  | 'idempotency_in_progress'
  | 'rate_limited'
  | 'unavailable'
  | 'maintenance'
  | 'internal_error';

/** What lies behind a code, where an older API has words of its own for it. */
export type Reason = TokenReason | Missing | 'json_syntax';

/** Why nobody was recognised. */
export type TokenReason = 'no_token' | 'expired_token' | 'unknown_user';

/** What a refusal found missing, whether in the path or in the body. */
type Missing =
  'user' | 'employee' | 'ticket' | 'role' | 'space' | 'door' | 'device' | 'display token' | 'alert';

/** One bad place in a request: `path` is a dotted path into the body, or the name of a parameter. */
export interface FieldError {
  path: string;
  message: string;
}

interface ProblemOptions {
  errors?: FieldError[];
  /** Further members of the problem body, such as `allowed`. */
  extra?: Record<string, unknown>;
  headers?: Record<string, string>;
  /** Finer than the code: which token, which missing thing. For the wording of older APIs; never sent. */
  reason?: Reason | undefined;
  cause?: unknown;
}

/** A refusal that a client sees as RFC 9457 `application/problem+json`. */
export class Problem extends Error {
  readonly errors: FieldError[] | undefined;
  readonly extra: Record<string, unknown>;
  readonly headers: Record<string, string>;
  readonly reason: Reason | undefined;

  constructor(
    readonly status: number,
    readonly code: ProblemCode,
    readonly detail: string,
    options: ProblemOptions = {},
  ) {
    super(detail, { cause: options.cause });
    this.errors = options.errors;
    this.extra = options.extra ?? {};
    this.headers = options.headers ?? {};
    this.reason = options.reason;
  }
}

export const notFound = (what: Missing, id: number | string): Problem =>
  new Problem(404, 'not_found', `There is no ${what} ${id}, or it is not yours to see.`, { reason: what });

export const forbidden = (detail: string): Problem => new Problem(403, 'forbidden', detail);

export const conflict = (code: ProblemCode, detail: string, extra?: Record<string, unknown>): Problem =>
  new Problem(409, code, detail, { extra });

export const invalid = (path: string, message: string, cause?: unknown, reason?: Missing): Problem =>
  new Problem(422, 'validation_failed', `${path}: ${message}`, {
    errors: [{ path, message }],
    cause,
    reason,
  });

export const unavailable = (detail: string, retryAfterSeconds: number, cause?: unknown): Problem =>
  new Problem(503, 'unavailable', detail, { headers: { 'retry-after': String(retryAfterSeconds) }, cause });

/** Whether the operator has to know of it; a 503 without a cause was meant, as in a maintenance. */
export const isFailure = ({ status, cause }: Problem): boolean =>
  status >= 500 && (status !== 503 || cause !== undefined);

export const rateLimited = (detail: string, retryAfterSeconds: number): Problem =>
  new Problem(429, 'rate_limited', detail, { headers: { 'retry-after': String(retryAfterSeconds) } });

/**
 * RFC 6750 section 3: the challenge names an error only when a token was sent.
 * @param detail undefined when the request carried no token at all.
 */
export const unauthenticated = (detail?: string, reason?: TokenReason): Problem =>
  detail === undefined
    ? new Problem(401, 'invalid_token', 'This needs a bearer token: get one from POST /api/v1/token.', {
        headers: { 'www-authenticate': 'Bearer' },
        reason: 'no_token',
      })
    : new Problem(401, 'invalid_token', detail, {
        headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
        reason,
      });

/**
 * RFC 9470 section 3: the token is good, but the sign-in behind it is too long ago for this; a refresh does not help.
 * @param detail in ASCII without double quotes, for it stands in the challenge too.
 */
export const signInAgain = (detail: string, maxAgeSeconds: number): Problem =>
  new Problem(401, 'invalid_token', detail, {
    headers: {
      'www-authenticate':
        'Bearer error="insufficient_user_authentication", ' +
        `error_description="${detail}", max_age="${maxAgeSeconds}"`,
    },
  });
