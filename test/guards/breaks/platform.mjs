const HOST = 'src/platform/http/host.ts';
const JSON_BODY = 'src/platform/http/json-body.ts';
const TEXT = 'src/platform/validation/text.ts';
const PAGE = 'src/platform/pagination/page.ts';
const GATE = 'src/platform/maintenance/maintenance.gate.ts';
const MIGRATE = 'src/platform/migrations/migrate.ts';

const HTTP_SPEC = 'test/e2e/hostile/http.spec.ts';
const INPUT_SPEC = 'test/e2e/hostile/input.spec.ts';
const TEXT_SPEC = 'test/unit/text.spec.ts';
const PAGES_SPEC = 'test/unit/pages.spec.ts';
const BOUNDED_SPEC = 'test/e2e/bounded-pages.spec.ts';
const MAINTENANCE_SPEC = 'test/e2e/maintenance.spec.ts';
const MIGRATIONS_SPEC = 'test/integration/migrations.spec.ts';

/** What holds for every feature: HTTP, input, pages, maintenance and migrations. */
export default [
  {
    what: 'a request for another host is refused',
    file: HOST,
    from: "else if (accepts(request.headers.host ?? '')) done();",
    to: "else if (accepts(request.headers.host ?? '') || true) done();",
    red: [[HTTP_SPEC, 'the Host of somebody else']],
  },
  {
    what: 'a request names one host',
    file: HOST,
    from: 'if (timesNamed(request.raw.rawHeaders) !== 1) done(notOneHost());',
    to: 'if (timesNamed(request.raw.rawHeaders) < 0) done(notOneHost());',
    red: [[HTTP_SPEC, 'two Hosts, alike or not']],
  },
  {
    what: 'an address that a client writes itself is not believed',
    file: 'src/platform/http/adapter.ts',
    from: 'trustProxy: trustedProxyHops === 0 ? false :',
    to: 'trustProxy: trustedProxyHops === 0 ? true :',
    red: [[HTTP_SPEC, 'another X-Forwarded-For']],
  },
  {
    what: 'only a listed origin may call from a browser',
    file: 'src/platform/http/cors.ts',
    from: 'origin: corsOrigins,',
    to: 'origin: true,',
    red: [[HTTP_SPEC, 'an Origin that is not ours']],
  },
  {
    what: 'a body has an end',
    file: JSON_BODY,
    from: "{ parseAs: 'buffer', bodyLimit: BODY_LIMIT },",
    to: "{ parseAs: 'buffer', bodyLimit: BODY_LIMIT * 100 },",
    red: [[INPUT_SPEC, 'a body over 1 MiB']],
  },
  {
    what: 'JSON is not nested for ever',
    file: JSON_BODY,
    from: 'if (tooDeep(json)) throw',
    to: 'if (false) throw',
    red: [[INPUT_SPEC, 'JSON nested']],
  },
  {
    what: 'JSON reaches no prototype',
    file: JSON_BODY,
    from: "{ protoAction: 'error', constructorAction: 'error' }",
    to: "{ protoAction: 'ignore', constructorAction: 'ignore' }",
    red: [[INPUT_SPEC, '__proto__ and constructor.prototype in JSON']],
  },
  {
    what: 'a body is UTF-8',
    file: JSON_BODY,
    from: 'fatal: true',
    to: 'fatal: false',
    red: [[INPUT_SPEC, 'bytes that are no UTF-8']],
  },
  {
    what: 'a compressed body is refused',
    file: JSON_BODY,
    from: 'refuseEncoding(request);',
    to: 'void refuseEncoding;',
    red: [[INPUT_SPEC, 'a gzip bomb']],
  },
  {
    what: 'what was not asked for is refused, and not ignored',
    file: 'src/tickets/ticket.schemas.ts',
    from: 'export const newTicketSchema = z.strictObject(',
    to: 'export const newTicketSchema = z.object(',
    red: [['test/e2e/tickets.spec.ts', 'takes none that the server decides']],
  },
  {
    what: 'text of a field has no NUL and no lone surrogate',
    file: TEXT,
    from: ".refine((value) => value.isWellFormed() && !value.includes(NUL), {\n      error: 'must",
    to: ".refine((value) => value.length >= 0, {\n      error: 'must",
    red: [[TEXT_SPEC, 'of many lines is refused']],
  },
  {
    what: 'text of a field is normalised',
    file: TEXT,
    from: "value.normalize('NFC').trim()",
    to: 'value.trim()',
    red: [[TEXT_SPEC, 'comes out normalised']],
  },
  {
    what: 'text of one line is on one line',
    file: TEXT,
    from: "if (lines === 'one' && CONTROL.test(value)) return false;",
    to: '',
    red: [[TEXT_SPEC, 'comes out normalised']],
  },
  {
    what: 'text of a field is no longer than its rule says',
    file: TEXT,
    from: 'if (length < rule.min || length > rule.max) return false;',
    to: '',
    red: [[TEXT_SPEC, 'comes out normalised']],
  },
  {
    what: 'a search has no NUL',
    file: TEXT,
    from: "(value) => value.isWellFormed() && !value.includes(NUL),\n      'must",
    to: "(value) => value.length >= 0,\n      'must",
    red: [[TEXT_SPEC, 'text to search for']],
  },
  {
    what: 'what is searched for is no pattern',
    file: PAGE,
    from: "value.replace(/[\\\\%_]/g, '\\\\$&')",
    to: 'value',
    red: [['test/e2e/users.spec.ts', 'is found by username, e-mail']],
  },
  {
    what: 'a page has at most 200 items',
    file: PAGE,
    from: 'value >= 1 && value <= 200,',
    to: 'value >= 1,',
    red: [['test/e2e/tickets.spec.ts', 'refuse what they do not know']],
  },
  {
    what: 'a cursor is of its own list and order',
    file: PAGE,
    from: 'z.tuple([z.literal(sort), value, cursorSchemas[ids]])',
    to: 'z.tuple([z.string(), value, cursorSchemas[ids]])',
    red: [[PAGES_SPEC, 'refuses as a cursor']],
  },
  {
    what: 'a page is bounded in bytes',
    file: 'src/platform/pagination/page.rows.ts',
    from: 'if (bytes > MOST_BYTES && index > 0) return index;',
    to: '',
    red: [[BOUNDED_SPEC]],
  },
  {
    what: 'a maintenance closes what it says',
    file: GATE,
    from: "if (state !== 'active' || mode === 'notice') return false;",
    to: "if (state !== 'other') return false;",
    red: [[MAINTENANCE_SPEC, 'read_only refuses']],
  },
  {
    what: 'a notice closes nothing',
    file: GATE,
    from: "if (state !== 'active' || mode === 'notice') return false;",
    to: "if (state !== 'active') return false;",
    red: [[MAINTENANCE_SPEC, 'a notice closes nothing']],
  },
  {
    what: 'a maintenance that is read-only lets people read',
    file: GATE,
    from: "if (mode === 'read_only' && SAFE.has(method)) return false;",
    to: '',
    red: [[MAINTENANCE_SPEC, 'read_only refuses']],
  },
  {
    what: 'a full maintenance ends streams',
    file: GATE,
    from: "return current.state === 'active' && current.mode === 'full' ? refusal(current) : undefined;",
    to: 'return current === undefined ? refusal(current) : undefined;',
    red: [[MAINTENANCE_SPEC, 'full ends the streams']],
  },
  {
    what: 'a breaking migration waits until nobody serves',
    file: 'src/platform/migrations/breaking.ts',
    from: 'if (breaking.length === 0) return undefined;',
    to: 'if (breaking.length >= 0) return undefined;',
    red: [[MIGRATIONS_SPEC, 'that an older release cannot live with']],
  },
  {
    what: 'a breaking migration is marked',
    file: MIGRATE,
    from: 'Step.breaking ?? false,',
    to: 'false,',
    red: [[MIGRATIONS_SPEC, 'that an older release cannot live with']],
  },
  {
    what: 'a breaking migration is not taken back',
    file: MIGRATE,
    from: 'if (Step.breaking && refuseBreaking)',
    to: 'if (false)',
    red: [['test/integration/commands.spec.ts', 'is told of as done, and not taken back']],
  },
  {
    what: 'a migration that fails leaves nothing of itself',
    file: MIGRATE,
    from: 'if (transaction === false) return work();',
    to: 'if (transaction !== true) return work();',
    red: [[MIGRATIONS_SPEC, 'leave nothing of a step that fails']],
  },
  {
    what: 'the application may not change the audit',
    file: MIGRATE,
    from: 'REVOKE UPDATE, DELETE, TRUNCATE ON audit, audit_values FROM ${app.name};',
    to: '',
    red: [[MIGRATIONS_SPEC, 'give the application rows but neither']],
  },
  {
    what: 'an older release sees that it cannot live with a newer schema',
    file: 'src/platform/migrations/state.ts',
    from: 'unknown.filter(({ breaking }) => breaking)',
    to: 'unknown.filter(() => false)',
    red: [[MIGRATIONS_SPEC, 'of a newer release are told apart']],
  },
];
