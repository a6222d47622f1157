/** Imports run one way: config <- platform <- users <- employees <- spaces <- tickets; auth -> users; compat -> features. */
const features = ['users', 'employees', 'spaces', 'tickets'];
const later = (name) => features.slice(features.indexOf(name) + 1);

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'config-knows-nobody',
      severity: 'error',
      from: { path: '^config/' },
      to: { path: '^(src|migrations|test)/' },
    },
    {
      name: 'platform-knows-no-feature',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/(?!platform/)' },
    },
    ...features.map((name) => ({
      name: `${name}-knows-only-those-before-it`,
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: `^src/(${[...later(name), 'auth', 'compat', 'commands'].join('|')})/` },
    })),
    {
      name: 'auth-knows-only-users',
      severity: 'error',
      from: { path: '^src/auth/' },
      to: { path: `^src/(${[...later('users'), 'compat', 'commands'].join('|')})/` },
    },
    {
      name: 'nobody-imports-auth-or-compat',
      severity: 'error',
      from: { path: '^src/(?!auth/|compat/|app\\.|commands/)' },
      to: { path: '^src/(auth|compat)/' },
    },
    {
      name: 'a-repository-stays-in-its-folder',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: {
        path: '^src/(?!platform/)[^/]+/.*\\.(repository|controller)\\.ts$',
        pathNot: '^src/$1/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'tests-stay-out-of-the-product',
      severity: 'error',
      from: { path: '^(src|config|migrations)/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
