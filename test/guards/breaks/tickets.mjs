const VISIBILITY = 'src/tickets/ticket.visibility.ts';
const REPOSITORY = 'src/tickets/ticket.repository.ts';
const WRITES = 'src/tickets/ticket.writes.ts';
const USERS = 'src/users/user.lookup.ts';

const VISIBILITY_SPEC = 'test/e2e/ticket-visibility.spec.ts';
const TICKETS_SPEC = 'test/e2e/tickets.spec.ts';
const AUDIT_SPEC = 'test/e2e/audit-rows.spec.ts';

/** Tickets: who sees which, and what may become of them. */
export default [
  {
    what: 'whoever sees only the own tickets sees no others',
    file: VISIBILITY,
    from: "return [where('created_by = ?', principal.id), where('assignee_id = ?', principal.id)];",
    to: 'return EVERYTHING;',
    red: [[VISIBILITY_SPEC]],
  },
  {
    what: 'the own tickets are also those that one is assigned to',
    file: VISIBILITY,
    from: ", where('assignee_id = ?', principal.id)]",
    to: ']',
    red: [[VISIBILITY_SPEC]],
  },
  {
    what: 'whoever may see no ticket sees none',
    file: VISIBILITY,
    from: 'return NOTHING;',
    to: 'return EVERYTHING;',
    red: [['test/unit/ticket-visibility.spec.ts']],
  },
  {
    what: 'a single read of a ticket is held to what is seen',
    file: REPOSITORY,
    from: 'FROM tickets WHERE id = $1${visible.sql}`',
    to: "FROM tickets WHERE id = $1${visible.sql.replace(/ AND .*/, ' AND ($2 = $2 OR $3 = $3)')}`",
    red: [[VISIBILITY_SPEC, 'shows the same in single reads']],
  },
  {
    what: 'a change of a ticket is held to what is seen',
    file: REPOSITORY,
    from: 'WHERE id = ANY ($1)${visible.sql} ORDER BY id FOR UPDATE',
    to: "WHERE id = ANY ($1)${visible.sql.replace(/ AND .*/, ' AND ($2 = $2 OR $3 = $3)')} ORDER BY id FOR UPDATE",
    red: [[VISIBILITY_SPEC, 'answers a change or a removal']],
  },
  {
    what: 'a list of tickets is held to what is seen',
    file: REPOSITORY,
    from: 'return readPage<Ticket>(this.database, LIST, conditions, query, visibleTickets(principal));',
    to: 'return readPage<Ticket>(this.database, LIST, conditions, query);',
    red: [[VISIBILITY_SPEC]],
  },
  {
    what: 'a count of tickets is held to what is seen',
    file: 'src/platform/pagination/page.reading.ts',
    from: 'const conditions = [...this.conditions, ...either(this.anyOf)];',
    to: 'const conditions = [...this.conditions];',
    red: [[VISIBILITY_SPEC]],
  },
  {
    what: 'an export is held to what is seen',
    file: REPOSITORY,
    from: 'FROM tickets WHERE id > $1${visible.sql} ORDER BY id LIMIT $2',
    to: "FROM tickets WHERE id > $1${visible.sql.replace(/ AND .*/, ' AND ($3 = $3 OR $4 = $4)')} ORDER BY id LIMIT $2",
    red: [[VISIBILITY_SPEC, 'exports the same']],
  },
  {
    what: 'a status follows the workflow',
    file: WRITES,
    from: 'assertTransition(workflow, ticket.status, status);',
    to: '',
    red: [[TICKETS_SPEC, 'the workflow']],
  },
  {
    what: 'a new ticket begins where the workflow begins',
    file: WRITES,
    from: 'if (past === undefined) assertTransition(workflow, workflow.initial, status);',
    to: '',
    red: [['test/e2e/compat-ticket-server-refusals.spec.ts', 'does not reach from its beginning']],
  },
  {
    what: 'an assignee can do the work',
    file: WRITES,
    from: "if (reason !== undefined) throw invalid('assignee_id', reason);",
    to: 'void reason;',
    red: [[TICKETS_SPEC, 'the assignee']],
  },
  {
    what: 'an assignee is neither disabled nor denied',
    file: USERS,
    from: 'if (user.disabled || user.login_denied) return',
    to: 'if (false) return',
    red: [[TICKETS_SPEC, 'the assignee']],
  },
  {
    what: 'an assignee may change tickets',
    file: USERS,
    from: 'if (!this.settings.current.permissions.permissionsOf(user.roles).has(permission))',
    to: 'if (false)',
    red: [[TICKETS_SPEC, 'the assignee']],
  },
  {
    what: 'a change of a ticket is held to If-Match',
    file: WRITES,
    from: 'assertMatches(if_match, ticket.version);',
    to: 'void if_match;',
    red: [[TICKETS_SPEC, 'is refused when If-Match']],
  },
  {
    what: 'a change of a ticket is locked against another one',
    file: REPOSITORY,
    from: '${visible.sql} ORDER BY id FOR UPDATE`',
    to: '${visible.sql} ORDER BY id`',
    red: [[TICKETS_SPEC, 'loses none of many concurrent ones']],
  },
  {
    what: 'a change of a ticket is audited',
    file: WRITES,
    from: 'await writeAudits(tx, sourceOf(context), entries);',
    to: 'void entries;',
    red: [[AUDIT_SPEC, 'POST /api/v1/tickets$']],
  },
];
