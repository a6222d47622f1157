import { FIRST_PARTY } from './token.service.js';

/** What a client says about itself. */
export interface ClientCredentials {
  authorization: string | undefined;
  form: Map<string, string>;
}

const BASIC = /^basic +([A-Za-z0-9+/]*={0,2}) *$/i;

/**
 * Whether a Basic header names the first-party client without a secret, or nobody: Swagger UI sends `Basic Og==`
 * (a bare colon) for a client without a name.
 */
function namesFirstParty(authorization: string): boolean {
  const encoded = BASIC.exec(authorization)?.[1];
  if (encoded === undefined) return false;
  const decoded = Buffer.from(encoded, 'base64').toString();
  return decoded === ':' || decoded === `${FIRST_PARTY}:`;
}

/** Clients that name no client are the first-party client, which is public and has no secret. */
export function asFirstParty({ authorization, form }: ClientCredentials): ClientCredentials {
  const named = new Map(form);
  if (named.get('client_id') === '') named.delete('client_id');
  if (named.get('client_secret') === '') named.delete('client_secret');
  const anonymous = authorization === undefined || namesFirstParty(authorization);
  if (anonymous && !named.has('client_id')) named.set('client_id', FIRST_PARTY);
  return { authorization: anonymous ? undefined : authorization, form: named };
}
