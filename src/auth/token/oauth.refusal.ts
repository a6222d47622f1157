type OAuthError =
  'invalid_request' | 'invalid_grant' | 'invalid_scope' | 'temporarily_unavailable' | 'server_error';

/** A refusal in the terms of RFC 6749, 5.2. */
export class OAuthRefusal extends Error {
  constructor(
    readonly status: number,
    readonly error: OAuthError,
    readonly description: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(description);
  }
}

export const invalidRequest = (description: string, status = 400): OAuthRefusal =>
  new OAuthRefusal(status, 'invalid_request', description);
