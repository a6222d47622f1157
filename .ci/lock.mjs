// The registry lacks some platform packages of our dependencies. npm leaves those out of the lock and then
// `npm ci` refuses its own lock, so each gets a stub here, as npm would have written it for another platform.
// `--check` changes nothing and exits 1 when the lock needs stubs.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const LOCK = fileURLToPath(new URL('../package-lock.json', import.meta.url));

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];

/** The lock's path of `name` as seen from the package at `from`, or undefined: Node's own search, outwards. */
function locate(packages, from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const path = `${at}${at ? '/' : ''}node_modules/${name}`;
    if (packages[path]) return path;
    if (at === '') return undefined;
  }
}

/** Reads system and processor from a name such as `@swc/core-linux-s390x-gnu`. */
function platformOf(name, wantedBy) {
  const words = name.split(/[/-]/);
  const os = words.filter((word) => SYSTEMS.includes(word));
  const cpu = words.filter((word) => PROCESSORS.includes(word));
  if (os.length === 1 && cpu.length === 1) return { cpu, os };
  throw new Error(
    `package-lock.json: ${wantedBy} wants ${name}, which the lock lacks and whose name tells no platform: add it by hand`,
  );
}

function stubFor(name, version, wantedBy, entry) {
  return {
    version,
    ...platformOf(name, wantedBy),
    ...(entry.dev ? { dev: true } : {}),
    optional: true,
  };
}

/** The stubs that the lock needs, by path. */
function missingStubs(packages) {
  const stubs = {};
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (locate(packages, path, name)) continue;
      if (!/^\d/.test(version)) {
        throw new Error(
          `package-lock.json: ${path || 'the project'} wants ${name}@${version}: name an exact version`,
        );
      }
      stubs[`node_modules/${name}`] = stubFor(name, version, path || 'the project', entry);
    }
  }
  return stubs;
}

const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
const stubs = missingStubs(lock.packages);
const count = Object.keys(stubs).length;

if (count === 0) {
  console.log('package-lock.json: complete');
} else if (process.argv.includes('--check')) {
  console.error(
    `package-lock.json: ${count} platform packages are missing, npm ci would refuse it: run node .ci/lock.mjs`,
  );
  process.exitCode = 1;
} else {
  const entries = Object.entries({ ...lock.packages, ...stubs });
  lock.packages = Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`package-lock.json: ${count} stubs added`);
}
