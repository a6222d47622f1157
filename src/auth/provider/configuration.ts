import { type AdapterFactory, type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Config } from '../../../config/env.js';
import type { KeyRing } from '../keys/key.ring.js';
import { resourceServer } from '../token/resource.server.js';
import { audienceOf, FIRST_PARTY, PATHS } from '../token/token.service.js';

const DAY = 86_400;

/** Seconds that a session lasts, however often it is refreshed. */
const LONGEST_SESSION = 30 * DAY;

interface Parts {
  config: Config;
  keys: KeyRing;
  adapter: AdapterFactory;
  /** Whether the user is still there and may have tokens. */
  mayHaveTokens: (userId: number) => Promise<boolean>;
}

/** Seconds until the session of this request ends for good. */
function secondsLeft({ oidc }: KoaContextWithOIDC): number {
  const end = oidc.entities.Grant?.exp;
  return end === undefined ? LONGEST_SESSION : Math.max(1, end - Math.floor(Date.now() / 1_000));
}

/** What is off stays unmounted: codes, client credentials and federation switch their parts on when they come. */
export function configurationOf({ config, keys, adapter, mayHaveTokens }: Parts): Configuration {
  const api = audienceOf(config.publicUrl);
  return {
    adapter,
    jwks: keys.jwks,
    cookies: { keys: [keys.cookieKey] },
    clients: [
      {
        client_id: FIRST_PARTY,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['password', 'refresh_token'],
        response_types: [],
        redirect_uris: [],
      },
    ],
    clientAuthMethods: ['none'],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    responseTypes: [],
    scopes: [],
    routes: { token: PATHS.token, revocation: PATHS.revoke, jwks: PATHS.jwks },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      introspection: { enabled: false, allowedPolicy: () => false },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => api,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => {
          if (resource !== api) throw new errors.InvalidTarget(`this server issues tokens for ${api} alone`);
          return resourceServer(config);
        },
      },
    },
    // Browsers of other origins are judged by CORS_ORIGINS before a request gets here.
    clientBasedCORS: () => false,
    discovery: {
      revocation_endpoint_auth_methods_supported: ['none'],
      service_documentation: `${config.publicUrl}/docs`,
    },
    extraTokenClaims: (_ctx, token) => ('grantId' in token ? { sid: token.grantId } : undefined),
    findAccount: async (_ctx, sub) =>
      (await mayHaveTokens(Number(sub))) ? { accountId: sub, claims: () => ({ sub }) } : undefined,
    issueRefreshToken: () => true,
    rotateRefreshToken: () => true,
    revokeGrantPolicy: () => true,
    renderError: (ctx, out) => {
      ctx.body = out;
    },
    ttl: {
      AccessToken: config.accessTokenMinutes * 60,
      Grant: LONGEST_SESSION,
      RefreshToken: (ctx) => Math.min(config.refreshTokenDays * DAY, secondsLeft(ctx)),
    },
  };
}
