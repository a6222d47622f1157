/**
 * Stable words a client may branch on, with the status that they usually come with. A contract of the API: whoever owns
 * a code adds it here by declaration merging.
 */
export interface ProblemCodes {
  malformed_request: 400;
  invalid_request: 400;
  invalid_token: 401;
  forbidden: 403;
  not_found: 404;
  method_not_allowed: 405;
  in_use: 409;
  precondition_failed: 412;
  payload_too_large: 413;
  unsupported_media_type: 415;
  misdirected_request: 421;
  validation_failed: 422;
  unknown_field: 422;
  rate_limited: 429;
  internal_error: 500;
  unavailable: 503;
  maintenance: 503;
}

export type ProblemCode = keyof ProblemCodes;

/** Kinds of things that a refusal may find missing; the feature that owns one adds it by declaration merging. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- features fill it
export interface SubjectKinds {}

/** What lies behind a code, where a legacy API has words of its own for it. */
export type Reason = TokenReason | Missing | 'json_syntax';

/** Why nobody was recognised. */
export type TokenReason = 'no_token' | 'expired_token' | 'unknown_user';

/** What a refusal found missing, whether in the path or in the body. */
type Missing = keyof SubjectKinds;

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
  /** Finer than the code: which token, which missing thing. For the wording of legacy APIs; never sent. */
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
