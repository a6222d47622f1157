import type { ResourceServer } from 'oidc-provider';
import type { Config } from '../../../config/env.js';
import { audienceOf } from './token.service.js';
import { FULL_SCOPE } from '../../access/rights.js';

/** The API as a resource that tokens are for (RFC 8707). */
export const resourceServer = ({ publicUrl, accessTokenMinutes }: Config): ResourceServer => ({
  scope: FULL_SCOPE,
  audience: audienceOf(publicUrl),
  accessTokenTTL: accessTokenMinutes * 60,
  accessTokenFormat: 'jwt',
  jwt: { sign: { alg: 'ES256' } },
});
