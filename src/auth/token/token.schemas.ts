import { z } from 'zod';

const client_id = z
  .string()
  .optional()
  .meta({
    description:
      'May be left out: clients that name none are `frontdesk`, which has no secret. Besides this only `Authorization: Basic` ' +
      'names a client; another Authorization header is not looked at. While COMPAT is on, a sign-in with a password may ' +
      'name any client here, with any `client_secret`, and is `frontdesk`.',
    example: '',
  });

/**
 * The forms and answers of the token endpoints, for the document alone: the provider reads and writes them.
 * Empty examples keep Swagger UI from sending words of its own; a value left empty counts as left out (RFC 6749, 3.2).
 */
export const tokenForm = z
  .object({
    grant_type: z
      .enum(['password', 'refresh_token'])
      .default('password')
      .meta({ description: '`password` takes a username and a password, `refresh_token` a refresh token.' }),
    username: z
      .string()
      .optional()
      .meta({ description: 'With `password`. Upper and lower case count alike.', example: 'support' }),
    password: z
      .string()
      .optional()
      .meta({ description: 'With `password`.', format: 'password', example: 'Correct-Horse-7' }),
    refresh_token: z.string().optional().meta({
      description:
        'With `refresh_token`. It works once: take the new one from the answer. Used again it ends its session.',

      example: '',
    }),
    scope: z
      .string()
      .optional()
      .meta({ description: 'May be left out: there is one scope, `api`, and you get it.', example: '' }),
    client_id,
  })
  .meta({
    id: 'TokenRequest',
    example: { grant_type: 'password', username: 'support', password: 'Correct-Horse-7' },
  });

export const tokenAnswer = z
  .object({
    access_token: z.string().meta({
      description: 'Send it as `Authorization: Bearer`. A JWT (RFC 9068).',
      example: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9...',
    }),
    token_type: z.literal('bearer').meta({ example: 'bearer' }),
    expires_in: z.int().min(1).meta({ description: 'Seconds that the access token lives.', example: 3600 }),
    refresh_token: z.string().meta({
      description: 'For the next access token; each works once, and a second use ends the session.',
      example: '5fe5S9ZKUjtikKhjIPAyj-6Wet491HGxK7qkXuGw71U',
    }),
    scope: z.string().meta({ description: 'What the token is good for.', example: 'api' }),
  })
  .meta({ id: 'TokenAnswer' });

export const oauthError = z
  .object({
    error: z
      .string()
      .meta({ description: 'A word of RFC 6749, 5.2: branch on this.', example: 'invalid_grant' }),
    error_description: z.string().meta({
      description: 'What is wrong, for a person.',
      example:
        'The username, the password or the refresh token is wrong, or no longer valid. Sign in again with the right ones.',
    }),
    detail: z.string().optional().meta({
      description: 'Only while COMPAT is on, for clients of the ticket server.',
      deprecated: true,
      example: 'Incorrect User name or password',
    }),
  })
  .meta({ id: 'OAuthError', description: 'Why a token was refused (RFC 6749, 5.2).' });

export const revocationForm = z
  .object({
    token: z.string().meta({
      description: 'A refresh token or an access token. One that is not valid any more is answered alike.',
      example: '5fe5S9ZKUjtikKhjIPAyj-6Wet491HGxK7qkXuGw71U',
    }),
    token_type_hint: z
      .enum(['refresh_token', 'access_token'])
      .optional()
      .meta({ description: 'Not needed.' }),
    client_id,
  })
  .meta({ id: 'RevocationRequest', example: { token: '5fe5S9ZKUjtikKhjIPAyj-6Wet491HGxK7qkXuGw71U' } });

const url = (description: string, path: string) =>
  z.url().meta({ description, example: `https://desk.example.org${path}` });
const names = (description: string, ...example: string[]) =>
  z.array(z.string()).meta({ description, example });

export const serverMetadata = z
  .object({
    issuer: url('PUBLIC_URL: the `iss` of every token.', ''),
    token_endpoint: url('Where tokens are got.', '/api/v1/token'),
    revocation_endpoint: url('Where sessions are ended.', '/api/v1/token/revoke'),
    jwks_uri: url('The public keys.', '/.well-known/jwks.json'),
    grant_types_supported: names('Ways to a token.', 'password', 'refresh_token'),
    response_types_supported: names('Empty: there is no authorization endpoint.'),
    scopes_supported: names('All scopes.', 'api'),
    subject_types_supported: names('`public`: everybody sees the same `sub`.', 'public'),
    id_token_signing_alg_values_supported: names('Algorithms of the keys.', 'ES256'),
    token_endpoint_auth_methods_supported: names('How a client shows who it is.', 'none'),
    revocation_endpoint_auth_methods_supported: names('How a client shows who it is.', 'none'),
    service_documentation: url('Swagger UI.', '/docs'),
  })
  .meta({ id: 'ServerMetadata', description: 'Metadata of the authorization server (RFC 8414).' });

export const keySet = z
  .object({
    keys: z
      .array(
        z.looseObject({
          kty: z.string().meta({ description: 'Kind of key.', example: 'EC' }),
          kid: z.string().meta({
            description: 'Its id, named in the header of a token.',
            example: 'DEAoWEiwFvKeRNTfzIt4gYxKeS0vHJDXpQTj8YdZ9I4',
          }),
          alg: z.string().meta({ description: 'The algorithm it is for.', example: 'ES256' }),
          use: z.string().meta({ description: '`sig`: for signatures.', example: 'sig' }),
        }),
      )
      .meta({ description: 'Further members are those of RFC 7518, 6.' }),
  })
  .meta({ id: 'KeySet', description: 'Public keys that tokens are signed with (RFC 7517).' });
