const OLDEST_NODE = 22;
if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  process.stderr.write(
    `The tests need Node.js ${OLDEST_NODE} or newer and were started by ${process.versions.node}: start them with npm test, which uses its own Node.\n`,
  );
  process.exit(1);
}

/** Jest in ESM mode: TypeScript is compiled by swc, one real PostgreSQL serves the whole run. */
const project = (name, extra = {}) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.spec.ts`],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  // *.long.spec.ts would take `npm test` beyond its time: `npm run test:long` runs them.
  testPathIgnorePatterns: process.env.LONG_TESTS ? [] : ['\\.long\\.spec\\.ts$'],
  ...extra,
});

const withDatabase = {
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
};

export default {
  projects: [project('unit'), project('integration', withDatabase), project('e2e', withDatabase)],
  testTimeout: 30_000,
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/test/support/closing-line.reporter.mjs'],
};
