/** A request to one of the provider's endpoints, with nothing of the client's but what may count there. */
export interface TokenRequest {
  method: 'GET' | 'POST';
  path: string;
  authorization?: string | undefined;
  form?: ReadonlyMap<string, string>;
}

export interface TokenAnswer {
  status: number;
  headers: Record<string, string>;
  /** A JSON object, or nothing. */
  body: Record<string, unknown> | undefined;
  /** The client that was authenticated, if one was. */
  clientId: string | undefined;
  /** Whether it is refused because the refresh token was used before, which has ended its session. */
  reused: boolean;
}

/** The authorization server; whatever implements it, its types go no further. */
export abstract class TokenService {
  /** @throws Problem 429 or 503, and whatever the database throws: refusals in OAuth's terms are answers. */
  abstract answer(request: TokenRequest): Promise<TokenAnswer>;
}

/** The public client for everything of our own and for clients that name none. */
export const FIRST_PARTY = 'frontdesk';

/** Where the endpoints are, from the root of PUBLIC_URL. */
export const PATHS = {
  token: '/api/v1/token',
  revoke: '/api/v1/token/revoke',
  jwks: '/.well-known/jwks.json',
  oauthMetadata: '/.well-known/oauth-authorization-server',
  openidConfiguration: '/.well-known/openid-configuration',
} as const;

export const audienceOf = (publicUrl: string): string => `${publicUrl}/api/v1`;
