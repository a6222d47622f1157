/**
 * Imports run one way:
 * config <- platform <- access <- users <- employees <- spaces <- tickets; auth -> users; legacy and operations -> features
 * and auth; app -> all of these; process -> app and operations; main and cli -> process and operations.
 * Closed: what no rule allows is refused.
 */
const FEATURES = ['users', 'employees', 'spaces', 'tickets'];

/** Folder of src -> the folders of src that it may import, beside itself. */
const MAY_IMPORT = { platform: [], access: ['platform'] };
FEATURES.forEach((name, index) => {
  MAY_IMPORT[name] = ['platform', 'access', ...FEATURES.slice(0, index)];
});
MAY_IMPORT.auth = ['platform', 'access', 'users'];
MAY_IMPORT.legacy = ['platform', 'access', ...FEATURES, 'auth'];
MAY_IMPORT.operations = ['platform', 'access', ...FEATURES, 'auth'];
MAY_IMPORT.app = ['platform', 'access', ...FEATURES, 'auth', 'legacy', 'operations'];
MAY_IMPORT.process = [...MAY_IMPORT.app, 'app'];
MAY_IMPORT.cli = [...MAY_IMPORT.process, 'process'];

const anyOf = (names) => `^src/(${names.join('|')})/`;

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-folder-cycles',
      severity: 'error',
      comment: 'What must react to another folder registers a handler there, or what both need moves.',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-module-of-a-parent',
      severity: 'error',
      comment: 'A module imports those of its sub-features, never the other way round.',
      from: { path: '^(src/.+)/[^/]+/[^/]+$' },
      to: { path: '^$1/[^/]+\\.module\\.ts$' },
    },
    {
      name: 'only-the-repository',
      severity: 'error',
      comment: 'SQL and HTTP of a feature stay in its folder.',
      from: { path: '^src/([^/]+)/' },
      to: {
        path: '^src/(?!platform/)[^/]+/.*\\.(repository|schemas|controller)\\.ts$',
        pathNot: '^src/$1/',
      },
    },
  ],
  allowedSeverity: 'error',
  allowed: [
    { from: {}, to: { pathNot: '^(src|config|migrations|test|deploy|dist)/' } },
    { from: { path: '^config/' }, to: { path: '^config/' } },
    { from: { path: '^migrations/' }, to: { path: '^migrations/' } },
    { from: { path: '^src/platform/migrations/' }, to: { path: '^migrations/' } },
    { from: { path: '^src/' }, to: { path: '^config/' } },
    { from: { path: '^src/([^/]+)/' }, to: { path: '^src/$1/' } },
    ...Object.entries(MAY_IMPORT)
      .filter(([, others]) => others.length > 0)
      .map(([name, others]) => ({ from: { path: `^src/${name}/` }, to: { path: anyOf(others) } })),
    { from: { path: '^src/(main|cli)\\.ts$' }, to: { path: '^src/(process|operations|cli)/' } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
