const GUARD = 'src/access/access.guard.ts';
const POLICY = 'src/access/access.policy.ts';
const RIGHTS = 'src/access/rights.ts';
const WRITER = 'src/access/writer.ts';
const KEYS = 'src/access/idempotency/idempotency.keys.ts';
const TABLE = 'src/access/permission.table.ts';

const GUARD_SPEC = 'test/e2e/access-guard.spec.ts';
const AGAIN_SPEC = 'test/e2e/rights-again.spec.ts';
const RIGHTS_SPEC = 'test/unit/rights.spec.ts';
const USERS_SPEC = 'test/e2e/users.spec.ts';
const KEYS_SPEC = 'test/e2e/idempotency.spec.ts';
const TABLE_SPEC = 'test/unit/config-permissions.spec.ts';

/** Who may do what, and that each change is kept once and told. */
export default [
  {
    what: 'a route without a rule is closed',
    file: GUARD,
    from: "if (rule === undefined) throw forbidden('This operation declares no access rule, so nobody may use it.');",
    to: 'if (rule === undefined) return true;',
    red: [[GUARD_SPEC]],
  },
  {
    what: 'a route that was reached without a principal is closed',
    file: GUARD,
    from: 'if (request.principal === undefined) throw unauthenticated();',
    to: 'if (request.principal === undefined) return true;',
    red: [[GUARD_SPEC]],
  },
  {
    what: 'the rule of a route is asked',
    file: GUARD,
    from: 'assertMayPass(rule, request.principal);',
    to: '',
    red: [[GUARD_SPEC]],
  },
  {
    what: 'what has no rule is closed also where it is asked again',
    file: POLICY,
    from: "if (rule === undefined) throw forbidden('This operation declares no access rule, so nobody may use it.');",
    to: 'if (rule === undefined) return;',
    red: [[GUARD_SPEC]],
  },
  {
    what: 'a disabled account is closed out of all but its own section',
    file: POLICY,
    from: 'if (principal.disabled)',
    to: 'if (false)',
    red: [[USERS_SPEC, 'disabled: a token from before']],
  },
  {
    what: 'whoever must change the password does that first',
    file: POLICY,
    from: 'if (principal.must_change_password)',
    to: 'if (false)',
    red: [[GUARD_SPEC]],
  },
  {
    what: 'the own account is open to a disabled user in its section only',
    file: POLICY,
    from: "if (!(rule.kind === 'authenticated' && rule.authenticationSection)) assertActive(principal);",
    to: "if (rule.kind !== 'authenticated') assertActive(principal);",
    red: [[USERS_SPEC, 'disabled: a token from before']],
  },
  {
    what: 'a route for signed-in users needs a token of the whole scope',
    file: POLICY,
    from: 'if (principal.rights.scope !== undefined && !rule.anyScope)',
    to: 'if (false)',
    red: [[RIGHTS_SPEC, 'leaves of the own account']],
  },
  {
    what: 'a route that asks for a permission needs it',
    file: POLICY,
    from: 'assertMayAny(principal, rule.anyOf);',
    to: '',
    red: [[GUARD_SPEC]],
  },
  {
    what: 'a route whose answer shows more needs the permission for that',
    file: POLICY,
    from: 'if (rule.shows !== undefined) assertMay(principal, rule.shows);',
    to: '',
    red: [['test/e2e/compat-permissions.spec.ts', 'without user:read']],
  },
  {
    what: 'a disabled admin does not work through a maintenance',
    file: POLICY,
    from: '!principal.disabled && may(',
    to: 'may(',
    red: [['test/e2e/maintenance.spec.ts', 'maintenance in force full lets people sign in']],
  },
  {
    what: 'the scope of a token cuts the rights of its user',
    file: RIGHTS,
    from: 'granted.has(permission) && (scope === undefined || scope.has(permission))',
    to: 'granted.has(permission)',
    red: [[RIGHTS_SPEC]],
  },
  {
    what: 'the scope of a token gives nothing',
    file: RIGHTS,
    from: 'granted.has(permission) && (scope === undefined || scope.has(permission))',
    to: 'scope === undefined ? granted.has(permission) : scope.has(permission)',
    red: [[RIGHTS_SPEC]],
  },
  {
    what: 'rights are asked again inside the transaction that writes',
    file: WRITER,
    from: 'assertMayPass(context.rule, principal);',
    to: '',
    red: [[AGAIN_SPEC, 'a write']],
  },
  {
    what: 'the principal is read again inside the transaction that writes',
    file: WRITER,
    from: 'await this.principals.current(tx, context.principal);',
    to: 'context.principal;',
    red: [[AGAIN_SPEC, 'a write']],
  },
  {
    what: 'a principal that is gone does not go on',
    file: 'src/access/principals.ts',
    from: 'now[index] ?? reader.gone(principal)',
    to: 'now[index] ?? principal',
    red: [[AGAIN_SPEC, 'a write']],
  },
  {
    what: 'an Idempotency-Key holds for one request only',
    file: KEYS,
    from: 'if (!stored.body_hash.subarray(0, DIGEST_BYTES).equals(request.digest)) throw anotherRequest();',
    to: '',
    red: [[KEYS_SPEC, 'is 422 with another body']],
  },
  {
    what: 'an Idempotency-Key holds for one user and one route',
    file: KEYS,
    from: 'const scope = [type, String(id), context.route, request.key];',
    to: "const scope = [type, '1', 'any', request.key];",
    red: [[KEYS_SPEC, 'belongs to one user and one route']],
  },
  {
    what: 'requests with one Idempotency-Key go one after the other',
    file: KEYS,
    from: "if (!(await lock(tx, scope.join(' ')))) {",
    to: 'if (scope.length === 0) {',
    red: [[KEYS_SPEC, '40 parallel requests']],
  },
  {
    what: 'an Idempotency-Key runs out',
    file: KEYS,
    from: 'AND key = $4 AND expires_at > now()`',
    to: 'AND key = $4`',
    red: [[KEYS_SPEC, 'runs out']],
  },
  {
    what: 'no key is kept of whoever deleted the own account',
    file: KEYS,
    from: "WHERE $1 <> 'user' OR EXISTS (SELECT FROM users WHERE id::text = $2)",
    to: '',
    red: [[KEYS_SPEC, 'deletes the own account']],
  },
  {
    what: 'a repeated request with another password is another request',
    file: KEYS,
    from: 'if (!(await this.hasher.verify(secretsMustMatch, secrets))) throw anotherRequest();',
    to: '',
    red: [['test/e2e/stored-secrets.spec.ts', 'is 422 for another password']],
  },
  {
    what: 'no fingerprint is taken of a password',
    file: 'src/platform/validation/secret.fields.ts',
    from: 'if (node.format === SECRET_FORMAT) {',
    to: 'if (false) {',
    red: [['test/e2e/stored-secrets.spec.ts', 'no table holds a password']],
  },
  {
    what: 'personal values stand apart from the rows of the audit',
    file: 'src/access/audit/audit.values.ts',
    from: 'for (const field of [...kind.long, ...kind.personal]) {',
    to: 'for (const field of [...kind.long]) {',
    red: [['test/integration/audit-values.spec.ts', 'stand beside the row of a change']],
  },
  {
    what: 'a role that names an unknown permission stops the start',
    file: TABLE,
    from: 'if (expand(pattern).length === 0) {',
    to: 'if (false) {',
    red: [[TABLE_SPEC]],
  },
  {
    what: 'a table in which nobody can give roles stops the start',
    file: TABLE,
    from: 'this.rolesWith(permission).length === 0',
    to: 'false',
    red: [[TABLE_SPEC]],
  },
  {
    what: 'whoever may not read a kind of things sees none of it, also to change it',
    file: 'src/access/visibility.ts',
    from: 'may(principal, permission) ? EVERYTHING : NOTHING',
    to: 'may(principal, permission) ? EVERYTHING : EVERYTHING',
    red: [['test/e2e/visibility.spec.ts', 'would change or delete it']],
  },
  {
    what: 'whoever may not read spaces sees none',
    file: 'src/spaces/tree/space.visibility.ts',
    from: "may(principal, 'space:read') ? EVERYTHING : NOTHING",
    to: "may(principal, 'space:read') ? EVERYTHING : EVERYTHING",
    red: [['test/e2e/visibility.spec.ts', 'would change or delete it']],
  },
  {
    what: 'everybody sees the own account',
    file: 'src/users/user.visibility.ts',
    from: "principal.type === 'user' ? [where('id = ?', principal.id)] : NOTHING",
    to: "principal.type === 'user' ? NOTHING : NOTHING",
    red: [['test/e2e/visibility.spec.ts', 'is never the own account']],
  },
  {
    what: 'every read of a service takes the principal',
    file: 'src/spaces/doors/door.service.ts',
    from: 'list(principal: Principal, query: DoorQuery)',
    to: 'list(principal: never, query: DoorQuery)',
    red: [['test/unit/visibility.spec.ts', 'takes the principal']],
  },
  {
    what: 'no file to tune is read when a module is imported',
    file: 'src/employees/employee.fields.ts',
    from: "const email = text('email');",
    to: "const email = text('email'); void email.meta()?.example;",
    red: [['test/unit/settings.spec.ts', 'reads a file to tune']],
  },
];
