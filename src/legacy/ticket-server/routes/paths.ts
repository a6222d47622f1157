/** Paths of the ticket server's own resources; `/users`, `/employees` and `/tickets` are ours. */
const OLDER = /^\/api\/v1\/(?:user|employee|ticket)(?=[/?]|$)/;

const TRAILING_SLASH = /\/(?=\?|$)/;

export const isOlderPath = (url: string): boolean => OLDER.test(url);

/** The ticket server's clients write its paths with and without a trailing slash: both are one route. */
export const withoutTrailingSlash = (url: string): string =>
  isOlderPath(url) ? url.replace(TRAILING_SLASH, '') : url;
