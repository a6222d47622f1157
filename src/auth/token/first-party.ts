import { FIRST_PARTY } from './token.service.js';

/** What a client says about itself. */
export interface ClientCredentials {
  authorization: string | undefined;
  form: Map<string, string>;
}

const BASIC_SCHEME = /^basic(?: |$)/i;
const BASIC = /^basic +([A-Za-z0-9+/]*={0,2}) *$/i;

/**
 * Whether a header names no client, or the first-party client without a secret. Only Basic names a client (RFC 6749,
 * 2.3.1): the bearer token that a program sends with every request says nothing here. Swagger UI sends `Basic Og==` (a
 * bare colon) for a client without a name.
 */
function namesNobodyElse(authorization: string): boolean {
  if (!BASIC_SCHEME.test(authorization)) return true;
  const encoded = BASIC.exec(authorization)?.[1];
  if (encoded === undefined) return false;
  const decoded = Buffer.from(encoded, 'base64').toString();
  return decoded === ':' || decoded === `${FIRST_PARTY}:`;
}

/**
 * Clients that name no client are the first-party client, which is public and has no secret.
 * @param options.anyName whether the form may name a client that we do not know, with any secret, as clients of the
 * ticket server do: it looked at neither. The first-party client is the only one there is, so every other is unknown.
 */
export function asFirstParty(
  { authorization, form }: ClientCredentials,
  { anyName }: { anyName: boolean },
): ClientCredentials {
  const named = new Map(form);
  const anonymous = authorization === undefined || namesNobodyElse(authorization);
  const unheard = anonymous && anyName;
  for (const name of ['client_id', 'client_secret'])
    if (unheard || named.get(name) === '') named.delete(name);
  if (anonymous && !named.has('client_id')) named.set('client_id', FIRST_PARTY);
  return { authorization: anonymous ? undefined : authorization, form: named };
}
