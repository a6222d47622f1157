const VERIFIER = 'src/auth/access-token.verifier.ts';
const SESSIONS = 'src/auth/sessions/sessions.repository.ts';
const CACHE = 'src/auth/sessions/principal.cache.ts';
const SIGN_IN = 'src/auth/sign-in.service.ts';
const REFRESH = 'src/auth/provider/refresh-token.store.ts';
const ATTEMPTS = 'src/users/password.attempts.ts';
const CREDENTIALS = 'src/users/user.credentials.ts';

const TOKENS_SPEC = 'test/e2e/hostile/tokens.spec.ts';
const BEARER_SPEC = 'test/e2e/sign-in-bearer.spec.ts';
const REFRESH_SPEC = 'test/e2e/sign-in-refresh.spec.ts';
const LIMITS_SPEC = 'test/e2e/sign-in-limits.spec.ts';
const LOCKS_SPEC = 'test/e2e/sign-in-locks.spec.ts';
const DENIED_SPEC = 'test/e2e/sign-in-denied.spec.ts';
const CACHE_SPEC = 'test/integration/principal-cache.spec.ts';
const FORM_SPEC = 'test/unit/auth/form.spec.ts';

/** Who somebody is: tokens, sessions, and how often a password may be guessed. */
export default [
  {
    what: 'a token has one spelling',
    file: VERIFIER,
    from: 'if (parts.length !== 3 || !parts.every(isCanonical))',
    to: 'if (parts.length !== 3)',
    red: [[BEARER_SPEC, 'any second spelling']],
  },
  {
    what: 'a key signs with its own algorithm only',
    file: VERIFIER,
    from: 'if (known === undefined || known.algorithm !== alg)',
    to: 'if (known === undefined)',
    red: [[TOKENS_SPEC, "alg differs from the kid's"]],
  },
  {
    what: 'a token is of this issuer',
    file: VERIFIER,
    from: 'issuer: this.config.publicUrl,',
    to: '',
    red: [[TOKENS_SPEC, 'another aud']],
  },
  {
    what: 'a token is for this API',
    file: VERIFIER,
    from: 'audience: this.audience,',
    to: '',
    red: [[TOKENS_SPEC, 'another aud']],
  },
  {
    what: 'no other JWT is an access token',
    file: VERIFIER,
    from: "typ: 'at+jwt',",
    to: '',
    red: [[TOKENS_SPEC, 'an ID token']],
  },
  {
    what: 'a token says when it expires',
    file: VERIFIER,
    from: 'requiredClaims: REQUIRED,',
    to: '',
    red: [[TOKENS_SPEC, 'exp missing']],
  },
  {
    what: 'a token lives no longer than ours',
    file: VERIFIER,
    from: 'if (exp - iat > this.longestLife)',
    to: 'if (false)',
    red: [[TOKENS_SPEC, 'exp missing']],
  },
  {
    what: 'a token is not of the future',
    file: VERIFIER,
    from: 'if (iat > this.seconds() + TOLERANCE)',
    to: 'if (false)',
    red: [[TOKENS_SPEC, 'nbf or iat']],
  },
  {
    what: 'a remembered token expires',
    file: VERIFIER,
    from: 'if (this.seconds() < known.exp + TOLERANCE) return known;',
    to: 'return known;',
    red: [[BEARER_SPEC, 'expired while we remembered']],
  },
  {
    what: 'a token and its session are of one user',
    file: 'src/auth/bearer.strategy.ts',
    from: 'if (session === undefined || String(session.user.id) !== sub) throw',
    to: 'if (session === undefined) throw',
    red: [[BEARER_SPEC, 'session of somebody else']],
  },
  {
    what: 'a request brings one token only',
    file: 'src/auth/bearer.guard.ts',
    from: 'refuseSecondToken(request.body);',
    to: '',
    red: [[BEARER_SPEC, 'is the only place for a token']],
  },
  {
    what: 'a session ends at its time',
    file: SESSIONS,
    from: 'WHERE s.expires_at > now() AND NOT u.login_denied',
    to: 'WHERE NOT u.login_denied',
    red: [[BEARER_SPEC, 'the time of its session is over']],
  },
  {
    what: 'a denied user has no session, whatever was left over',
    file: SESSIONS,
    from: 'WHERE s.expires_at > now() AND NOT u.login_denied',
    to: 'WHERE s.expires_at > now()',
    red: [[DENIED_SPEC, 'a session that was left over']],
  },
  {
    what: 'the scope of a token cuts also what is read anew',
    file: SESSIONS,
    from: '{ ...user.rights, scope: rights.scope }',
    to: 'user.rights',
    red: [['test/e2e/rights-again.spec.ts', 'the scope of a token']],
  },
  {
    what: 'a remembered session ends at its time',
    file: CACHE,
    from: 'if (known !== undefined && known.ends_at > this.clock.now()) return known;',
    to: 'if (known !== undefined) return known;',
    red: [[CACHE_SPEC, 'lets a session end at its time']],
  },
  {
    what: 'what was read before a change was heard is not remembered',
    file: CACHE,
    from: 'epoch === this.epoch && this.changes',
    to: 'this.changes',
    red: [[CACHE_SPEC, 'stores nothing that was read before']],
  },
  {
    what: 'nothing remembered is trusted while changes might not be heard',
    file: CACHE,
    from: 'if (!this.changes.isCurrent()) return',
    to: 'if (false) return',
    red: [[CACHE_SPEC, 'trusts nothing when']],
  },
  {
    what: 'a refresh token works once, however many use it at once',
    file: REFRESH,
    from: 'AND consumed_at IS NULL RETURNING 1',
    to: 'RETURNING 1',
    red: [[REFRESH_SPEC, 'is won by one of eight']],
  },
  {
    what: 'a refresh token runs out',
    file: REFRESH,
    from: 'WHERE id_hash = $1 AND expires_at > now()`',
    to: 'WHERE id_hash = $1`',
    red: [[REFRESH_SPEC, 'of a token whose time is over']],
  },
  {
    what: 'a used refresh token ends its session',
    file: REFRESH,
    from: 'if (token !== undefined) await this.sessions.endOne(token.session_id, reasonToEnd());',
    to: '',
    red: [[REFRESH_SPEC, 'is won by one of eight']],
  },
  {
    what: 'a client revokes its own tokens only',
    file: 'src/auth/token/revocation.ts',
    from: 'claims !== undefined && claims.client_id === answer.clientId',
    to: 'claims !== undefined',
    red: [[BEARER_SPEC, 'of another client is not revoked']],
  },
  {
    what: 'a denied user who gives the right password has failed',
    file: SIGN_IN,
    from: 'return matches && !user.login_denied ? user : undefined;',
    to: 'return matches ? user : undefined;',
    red: [[DENIED_SPEC, 'counts as a wrong one']],
  },
  {
    what: 'a user who was denied while the password was verified gets no session',
    file: CREDENTIALS,
    from: 'WHERE id = $1 AND NOT login_denied FOR SHARE',
    to: 'WHERE id = $1 FOR SHARE',
    red: [[DENIED_SPEC, 'while the password is verified']],
  },
  {
    what: 'a password that was changed while it was verified opens no session',
    file: SIGN_IN,
    from: 'if (stored === verified) return true;',
    to: 'if (stored !== undefined) return true;',
    red: [[DENIED_SPEC, 'was changed while it is verified']],
  },
  {
    what: 'a denied user gets nothing for a refresh token that was left over',
    file: CREDENTIALS,
    from: "'SELECT 1 FROM users WHERE id = $1 AND NOT login_denied'",
    to: "'SELECT 1 FROM users WHERE id = $1'",
    red: [[REFRESH_SPEC, 'is asked at a refresh']],
  },
  {
    what: 'a page of another origin gets no token',
    file: 'src/auth/token.mount.ts',
    from: 'refuseForeignOrigin(request, config);',
    to: '',
    red: [['test/e2e/hostile/http.spec.ts', 'a page of another origin']],
  },
  {
    what: 'a limit on the path of the token endpoint sees every spelling',
    file: 'src/auth/token.mount.ts',
    from: 'if (path === request.routeOptions.url) done();',
    to: 'if (path !== undefined) done();',
    red: [['test/e2e/hostile/token-endpoint.spec.ts', 'other spellings of the path']],
  },
  {
    what: 'a form names a parameter once',
    file: 'src/auth/token/form.ts',
    from: "if (form.has(name)) throw invalidRequest('A parameter must not be given twice.');",
    to: '',
    red: [['test/e2e/hostile/token-endpoint.spec.ts', 'a parameter given twice']],
  },
  {
    what: 'a form is UTF-8',
    file: 'src/auth/token/form.ts',
    from: 'fatal: true',
    to: 'fatal: false',
    red: [['test/e2e/hostile/token-endpoint.spec.ts', 'bytes, escapes and surrogates']],
  },
  {
    what: 'a client with a name of its own is not the first-party client',
    file: 'src/auth/token/first-party.ts',
    from: 'const unheard = anonymous && anyName;',
    to: 'const unheard = anonymous;',
    red: [[FORM_SPEC, 'the first-party client']],
  },
  {
    what: 'guesses are limited',
    file: ATTEMPTS,
    from: 'if (result.consumedPoints > points) {',
    to: 'if (false) {',
    red: [[LIMITS_SPEC, 'is throttled alone']],
  },
  {
    what: 'guesses from one address are limited at all accounts together',
    file: ATTEMPTS,
    from: 'yield { limiter: this.address, key: block };',
    to: '',
    red: [[LIMITS_SPEC, 'an address is that of the socket']],
  },
  {
    what: 'all guesses together are limited',
    file: ATTEMPTS,
    from: "yield { limiter: this.all, key: 'all' };",
    to: '',
    red: [[LIMITS_SPEC, 'may fail 20 times a second']],
  },
  {
    what: 'a stranger does not lock the owner out of a known address',
    file: ATTEMPTS,
    from: 'if (!(await this.known.has(loginName, address)))',
    to: 'if (address !== undefined)',
    red: [[LOCKS_SPEC, 'shuts it from a hundred on']],
  },
  {
    what: 'a right password gives its attempt back',
    file: SIGN_IN,
    from: 'await attempt.refund();\n    return this.renewHash(user, password);',
    to: 'return this.renewHash(user, password);',
    red: [[LIMITS_SPEC, 'right passwords give back']],
  },
  {
    what: 'wrong present passwords are limited in their session',
    file: ATTEMPTS,
    from: 'return this.take([{ limiter: this.ownPassword, key: `${account}:${sessionId}` }]);',
    to: 'return this.take([].concat(account, sessionId).slice(2));',
    red: [[LIMITS_SPEC, 'takes exactly 10 wrong ones of a session']],
  },
  {
    what: 'a lock is told in the audit',
    file: SIGN_IN,
    from: 'for (const counter of failed?.usedUp ?? [])',
    to: 'for (const counter of failed?.usedUp.slice(99) ?? [])',
    red: [[LOCKS_SPEC, 'is told as that']],
  },
  {
    what: 'few passwords are hashed at a time',
    file: 'src/users/hashing.slots.ts',
    from: 'if (this.running < this.room.running) this.running += 1;',
    to: 'if (this.running < 1_000) this.running += 1;',
    red: [['test/unit/auth/passwords.spec.ts', 'the slots']],
  },
];
