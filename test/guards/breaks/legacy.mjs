const VISITOR = 'src/legacy/occupancy-service/routes/visitor.guard.ts';
const OCCUPANCY = 'src/legacy/occupancy-service/routes/occupancy.service.ts';
const PUBLIC_SPEC = 'test/e2e/compat-occupancy-service-public.spec.ts';
const REFUSALS_SPEC = 'test/e2e/compat-ticket-server-refusals.spec.ts';

/** The routes of the legacy systems: they open no more than the native ones. */
export default [
  {
    what: 'without a token only a public space is open',
    file: VISITOR,
    from: "else if (!(await this.isPublic(request.params.id ?? ''))) return true;",
    to: '',
    red: [[PUBLIC_SPEC, 'a space that somebody made with a token stays closed']],
  },
  {
    what: 'an address makes so many spaces without a token',
    file: VISITOR,
    from: 'await this.limits.take(addressOf(request));',
    to: 'void addressOf;',
    red: [[PUBLIC_SPEC, 'an address makes so many spaces']],
  },
  {
    what: 'a token that is sent is looked at',
    file: VISITOR,
    from: 'if (to === undefined || request.headers.authorization !== undefined) return true;',
    to: 'if (to === undefined) return true;',
    red: [[PUBLIC_SPEC, 'a token that is sent is looked at']],
  },
  {
    what: 'a visitor gets in where a route is open to visitors only',
    file: VISITOR,
    from: 'if (to === undefined || request.headers.authorization !== undefined) return true;',
    to: 'if (request.headers.authorization !== undefined) return true;',
    red: [[PUBLIC_SPEC, 'opens nothing else']],
  },
  {
    what: 'a maximum below the present number lowers the number',
    file: OCCUPANCY,
    from: 'if (space.occupancy > maximum) {',
    to: 'if (false) {',
    red: [['test/e2e/compat-occupancy-service.spec.ts', 'lowers the number']],
  },
  {
    what: 'the occupancy service stays within its maximum',
    file: OCCUPANCY,
    from: '{ bounded: true }',
    to: '{ bounded: false }',
    red: [
      ['test/e2e/compat-occupancy-service.spec.ts', 'is bounded also where the native space allows more'],
    ],
  },
  {
    what: 'a legacy route needs the permission of the native one',
    file: 'src/legacy/ticket-server/routes/user.controller.ts',
    from: "@RequirePermission('user:delete')",
    to: "@RequirePermission('user:read')",
    red: [[REFUSALS_SPEC, 'refuses what the roles do not allow']],
  },
  {
    what: 'the legacy API tells a missing right in its own words',
    file: 'src/legacy/ticket-server/routes/wording.ts',
    from: "forbidden: word(401, 'Not enough permissions'),",
    to: '',
    red: [[REFUSALS_SPEC, 'refuses what the roles do not allow']],
  },
  {
    what: 'the tickets of an employee are shown to those who may see tickets',
    file: 'src/legacy/ticket-server/routes/legacy.lists.ts',
    from: 'legacyTicketsOfEmployees(db, visibleTickets(principal), ids)',
    to: 'legacyTicketsOfEmployees(db, [], ids)',
    red: [[REFUSALS_SPEC, 'shows the tickets of an employee only']],
  },
  {
    what: 'the legacy list of tickets is held to what is seen',
    file: 'src/legacy/ticket-server/routes/legacy.lists.ts',
    from: 'legacyTickets(db, visibleTickets(principal), page)',
    to: 'legacyTickets(db, [], page)',
    red: [['test/e2e/ticket-visibility.spec.ts', 'the same through the legacy API']],
  },
];
