/** What is published of the provider's metadata (RFC 8414): only what is mounted here. */
const PUBLISHED = [
  'issuer',
  'token_endpoint',
  'revocation_endpoint',
  'jwks_uri',
  'grant_types_supported',
  'response_types_supported',
  'scopes_supported',
  'subject_types_supported',
  'id_token_signing_alg_values_supported',
  'token_endpoint_auth_methods_supported',
  'revocation_endpoint_auth_methods_supported',
  'service_documentation',
];

export const published = (metadata: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(PUBLISHED.map((name) => [name, metadata[name]]));
