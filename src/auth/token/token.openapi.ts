import type { z } from 'zod';
import type { Documentation } from '../../platform/openapi/document.js';
import { describeSchema } from '../../platform/openapi/json-schema.js';
import {
  keySet,
  oauthError,
  revocationForm,
  serverMetadata,
  tokenAnswer,
  tokenForm,
} from './token.schemas.js';
import { PATHS } from './token.service.js';

const FORM = 'application/x-www-form-urlencoded';

const answer = (description: string, schema: string, type = 'application/json') => ({
  description,
  content: { [type]: { schema: { $ref: `#/components/schemas/${schema}` } } },
});

const form = (schema: string) => ({
  required: true,
  content: { [FORM]: { schema: { $ref: `#/components/schemas/${schema}` } } },
});

const later = (description: string) => ({
  ...answer(description, 'OAuthError'),
  headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } },
});

const refusals = {
  '401': answer('There is no such client, or it has no secret: `invalid_client`.', 'OAuthError'),
  '413': answer('The form is larger than 16 KiB: `invalid_request`.', 'OAuthError'),
  '503': later('The service is busy or cannot reach its database: `temporarily_unavailable`.'),
};

const OPEN = { security: [], 'x-permission': ['public'], tags: ['authentication'] };

const token = {
  ...OPEN,
  operationId: 'Token_get',
  summary: 'Get a token',
  description:
    'Sign in with a username and a password, or go on with a refresh token (RFC 6749, 4.3 and 6). Too many wrong ' +
    'passwords, and it is 429 for some minutes, for the right password too.\n\n' +
    'A refresh token works once, and the answer brings the next. One that is used a second time ends its session with all ' +
    'tokens, for that is how a theft is noticed: `invalid_grant`, whose `error_description` says so. So let one tab of a ' +
    'browser refresh for all and share the new token, and after a lost answer sign in again instead of repeating the ' +
    'request.\n\nOpen to everybody.',
  requestBody: form('TokenRequest'),
  responses: {
    '200': answer('An access token and a refresh token.', 'TokenAnswer'),
    '400': answer(
      'Refused: `invalid_grant` for a wrong password or token and for a refresh token used twice, `invalid_request`, ' +
        '`unsupported_grant_type`.',
      'OAuthError',
    ),
    '429': later('Too many passwords were wrong: `temporarily_unavailable`.'),
    ...refusals,
  },
};

const revoke = {
  ...OPEN,
  operationId: 'Token_revoke',
  summary: 'End a session',
  description:
    'Ends the session that the token belongs to, with all its tokens (RFC 7009).\n\nOpen to everybody who has the token.',
  requestBody: form('RevocationRequest'),
  responses: {
    '200': { description: 'The token is good for nothing, whatever it was before.' },
    '400': answer('Refused: `invalid_request`.', 'OAuthError'),
    ...refusals,
  },
};

const document = (operationId: string, summary: string, schema: string, type?: string) => ({
  get: {
    ...OPEN,
    tags: ['discovery'],
    operationId,
    summary,
    description: 'Open to everybody, and may be kept for 5 minutes.',
    responses: { '200': answer('The document.', schema, type) },
  },
});

const SCHEMAS: readonly z.ZodType[] = [
  tokenForm,
  tokenAnswer,
  oauthError,
  revocationForm,
  serverMetadata,
  keySet,
];

/** The endpoints that are no routes of a controller, as the document describes them. */
export const tokenDocumentation: Pick<Documentation, 'paths' | 'schemas'> = {
  paths: {
    [PATHS.token]: { post: token },
    [PATHS.revoke]: { post: revoke },
    [PATHS.oauthMetadata]: document(
      'Metadata_oauth',
      'Read about the authorization server',
      'ServerMetadata',
    ),
    [PATHS.openidConfiguration]: document(
      'Metadata_openid',
      'Read the same where OpenID Connect looks',
      'ServerMetadata',
    ),
    [PATHS.jwks]: document('Metadata_keys', 'Read the public keys', 'KeySet', 'application/jwk-set+json'),
  },
  schemas: Object.assign(
    {},
    ...SCHEMAS.map((schema) => describeSchema(schema, { schemaType: 'input' })?.components),
  ) as Documentation['schemas'],
};
