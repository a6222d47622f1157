import { Provider } from 'oidc-provider';

/** The provider ends a grant when it is told to, and when a refresh token comes a second time. */
export const reasonToEnd = (): string =>
  Provider.ctx?.oidc.route === 'revocation' ? 'revoked' : 'refresh token used twice';
