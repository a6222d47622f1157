/** Paths of the ticket server's own resources; `/users`, `/employees` and `/tickets` are ours. */
const LEGACY = /^\/api\/v1\/(?:user|employee|ticket)(?=[/?]|$)/;

const TRAILING_SLASH = /\/(?=\?|$)/;

export const isLegacyPath = (url: string): boolean => LEGACY.test(url);

/** The ticket server's clients write its paths with and without a trailing slash: both are one route. */
export const withoutTrailingSlash = (url: string): string =>
  isLegacyPath(url) ? url.replace(TRAILING_SLASH, '') : url;
