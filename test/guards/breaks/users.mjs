import { audited } from '../audited.mjs';

const SERVICE = 'src/users/user.service.ts';
const POLICY = 'src/users/user.policy.ts';

const USERS_SPEC = 'test/e2e/users.spec.ts';
const GIVING_SPEC = 'test/e2e/giving-roles.spec.ts';
const LOCKS_SPEC = 'test/e2e/sign-in-locks.spec.ts';
const AUDIT_SPEC = 'test/e2e/audit-rows.spec.ts';
const EMPLOYEES = 'src/employees/employee.writes.ts';
const WRITES = 'src/users/user.writes.ts';

const OF_CONTEXT = { source: 'sourceOf(context)', indent: 6 };

/** Users and employees: who may change whom, and what is kept of it. */
export default [
  {
    what: 'each field of a user needs its own permission',
    file: POLICY,
    from: 'assertMay(principal, USER_FIELDS[field].needs, `Changing ${field}`);',
    to: 'void field;',
    red: [[USERS_SPEC, 'are asked even when the value stays the same']],
  },
  {
    what: 'nobody changes a user of a higher rank',
    file: POLICY,
    from: 'if (table.rankOf(target.roles) > principal.rank) {',
    to: 'if (false) {',
    red: [[USERS_SPEC, 'end below a higher rank']],
  },
  {
    what: 'nobody gives a role that there is not',
    file: POLICY,
    from: 'if (unknown !== undefined) {',
    to: 'if (false) {',
    red: [[USERS_SPEC, 'give a role that does not exist']],
  },
  {
    what: 'nobody gives a role above the own rank, of a table of their own too',
    file: POLICY,
    from: 'if (table.rankOf(roles) > principal.rank)',
    to: 'if (false)',
    red: [[GIVING_SPEC, 'by nobody above their own rank']],
  },
  {
    what: 'nobody gives a permission that they do not hold',
    file: POLICY,
    from: 'if (missing.length > 0) {',
    to: 'if (false) {',
    red: [[GIVING_SPEC, 'to a new user by whoever holds']],
  },
  {
    what: 'nobody gives a permission that the scope of their token leaves out',
    file: POLICY,
    from: "for (const permission of inRoles) assertMay(principal, permission, `Giving ${given.join(', ')}`);",
    to: '',
    red: [['test/unit/rights.spec.ts', 'is told apart from a missing role']],
  },
  {
    what: 'roles that a patch gives are looked at',
    file: WRITES,
    from: 'assertMayGive(context.principal, patch.roles, this.settings.current.permissions, user.roles);',
    to: 'void 0;',
    red: [[GIVING_SPEC, 'to a user by the same rule']],
  },
  {
    what: 'roles that a new user gets are looked at again in the transaction',
    file: WRITES,
    from: 'assertMayGive(context.principal, roles, this.settings.current.permissions);',
    to: 'void roles;',
    red: [['test/e2e/rights-again.spec.ts', 'gives roles by what they hold then']],
  },
  {
    what: 'the fields of a patch are asked for',
    file: SERVICE,
    from: 'assertMayPatch(now.principal, patch);',
    to: '',
    red: [[USERS_SPEC, 'are asked even when the value stays the same']],
  },
  {
    what: 'every change of a user looks at their rank',
    file: WRITES,
    from: 'assertReaches(context.principal, user, this.settings.current.permissions);',
    to: '',
    red: [[USERS_SPEC, 'end below a higher rank']],
  },
  {
    what: 'a change of a user is held to If-Match',
    file: WRITES,
    from: 'assertMatches(context.if_match, user.version);',
    to: '',
    red: [['test/e2e/if-match.spec.ts', 'PATCH /api/v1/users/\\{id\\}']],
  },
  {
    what: 'two admins do not demote each other at once',
    file: WRITES,
    from: 'if (decisive) await this.users.lockAdmins(tx);',
    to: '',
    red: [[USERS_SPEC, 'when two demote each other']],
  },
  {
    what: 'the last admin is not demoted',
    file: WRITES,
    from: 'if (decisive) await this.assertSomeoneCanAct(tx);',
    to: '',
    red: [[USERS_SPEC, 'whatever one tries on the last']],
  },
  {
    what: 'the last admin is not deleted',
    file: WRITES,
    from: 'if (!replaced) await this.assertSomeoneCanAct(tx);',
    to: '',
    red: [[USERS_SPEC, 'whatever one tries on the last']],
  },
  {
    what: 'a disabled admin is none who can act',
    file: 'src/users/user.repository.ts',
    from: 'WHERE roles && $1 AND NOT disabled AND NOT login_denied',
    to: 'WHERE roles && $1',
    red: [[USERS_SPEC, 'whatever one tries on the last']],
  },
  {
    what: 'login_denied ends the sessions',
    file: WRITES,
    from: 'if (after.login_denied) await this.sessions.end(tx, id);',
    to: '',
    red: [['test/e2e/sign-in-refresh.spec.ts', 'gets no token by any grant']],
  },
  {
    what: 'a password that an admin sets ends the sessions',
    file: WRITES,
    from: 'await this.sessions.end(tx, id, keepSessionId);',
    to: '',
    red: [[USERS_SPEC, 'ends every session when an admin sets']],
  },
  {
    what: 'the own new password ends the other sessions',
    file: WRITES,
    from: 'await this.sessions.end(tx, id, keepSessionId);',
    to: '',
    red: [[USERS_SPEC, 'ends the other sessions but not this one']],
  },
  {
    what: 'the own new password needs the old one',
    file: SERVICE,
    from: 'if (present === undefined) {',
    to: 'if (false) {',
    red: [[USERS_SPEC, 'changes the password with the old one']],
  },
  {
    what: 'a password is replaced without the old one just after a sign-in only',
    file: SERVICE,
    from: 'if (!(await this.sessions.beganWithin(asUser(context.principal).session_id, RECENT_SECONDS))) {',
    to: 'if (false) {',
    red: [['test/e2e/compat-ticket-server-password.spec.ts', 'is done in the 5 minutes']],
  },
  {
    what: 'a password that an admin sets opens a locked account',
    file: SERVICE,
    from: "await this.locks.clear(tx, now, user.username, 'password reset');",
    to: '',
    red: [[LOCKS_SPEC, 'is opened everywhere by']],
  },
  {
    what: 'an unlock opens a locked account',
    file: SERVICE,
    from: "await this.locks.clear(tx, now, user.username, 'unlock');",
    to: '',
    red: [[LOCKS_SPEC, 'is opened everywhere by']],
  },
  {
    what: 'a password is held to the rules of this installation',
    file: 'src/users/password.policy.ts',
    from: 'if (!fits) throw',
    to: 'if (false) throw',
    red: [['test/unit/auth/password-policy.spec.ts', 'standard']],
  },
  {
    what: 'a password that is easy to guess is refused in the hardened profile',
    file: 'src/users/password.policy.ts',
    from: 'if (guessable)',
    to: 'if (false)',
    red: [['test/unit/auth/password-policy.spec.ts', 'hardened']],
  },
  audited('a user update is audited', WRITES, 'user.update', 'PATCH /api/v1/users/\\{id\\}$', OF_CONTEXT),
  {
    what: 'a new password is audited',
    file: WRITES,
    from: "writeAudit(tx, sourceOf(context), { action: 'user.password',",
    to: "Object({ action: 'user.password',",
    red: [[AUDIT_SPEC, 'PUT /api/v1/users/\\{id\\}/password']],
  },
  audited(
    'the end of a user is audited',
    WRITES,
    'user.delete',
    'DELETE /api/v1/users/\\{id\\}$',
    OF_CONTEXT,
  ),
  {
    what: 'a new user is audited',
    file: WRITES,
    from: 'await writeAudits(tx, sourceOf(context), entries);',
    to: 'void entries;',
    red: [[AUDIT_SPEC, 'POST /api/v1/users$']],
  },
  {
    what: 'what tickets refer to is not deleted',
    file: 'src/platform/errors/constraint.ts',
    from: 'if (code === FOREIGN_KEY_VIOLATION)',
    to: 'if (false)',
    red: [[USERS_SPEC, 'cannot be deleted while tickets refer']],
  },
  {
    what: 'a new employee is audited',
    file: EMPLOYEES,
    from: 'await writeAudits(tx, sourceOf(context), entries);',
    to: 'void entries;',
    red: [[AUDIT_SPEC, 'POST /api/v1/employees$']],
  },
  audited(
    'a change of an employee is audited',
    EMPLOYEES,
    'employee.update',
    'PATCH /api/v1/employees/\\{id\\}',
    OF_CONTEXT,
  ),
  audited(
    'the end of an employee is audited',
    EMPLOYEES,
    'employee.delete',
    'DELETE /api/v1/employees/\\{id\\}',
    OF_CONTEXT,
  ),
  {
    what: 'a change of an employee is held to If-Match',
    file: EMPLOYEES,
    from: 'assertMatches(if_match, employee.version);',
    to: '',
    red: [['test/e2e/if-match.spec.ts', 'PATCH /api/v1/employees/\\{id\\}']],
  },
];
