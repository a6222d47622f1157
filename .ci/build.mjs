// Builds dist/ with the carried Node, whichever Node runs this. `--if-stale` builds only when a source is newer.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commit } from './commit.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'node_modules', '.bin');
const STAMP = join(ROOT, 'dist', '.built');

/** The newest change under a path, in milliseconds. Folders count too: theirs changes when a file goes. */
function newestChange(path, wanted = () => true) {
  if (!existsSync(path)) return 0;
  const found = statSync(path);
  if (!found.isDirectory()) return wanted(path) ? found.mtimeMs : 0;
  const inside = readdirSync(path).map((name) => newestChange(join(path, name), wanted));
  return Math.max(found.mtimeMs, ...inside);
}

function newestSource() {
  const files = readdirSync(ROOT).filter((name) => /^(tsconfig.*|nest-cli|package-lock)\.json$/.test(name));
  return Math.max(
    newestChange(join(ROOT, 'src')),
    newestChange(join(ROOT, 'migrations')),
    newestChange(join(ROOT, 'config'), (path) => path.endsWith('.ts')),
    ...files.map((name) => newestChange(join(ROOT, name))),
  );
}

function isStale() {
  return !existsSync(STAMP) || newestSource() > statSync(STAMP).mtimeMs;
}

function runNest() {
  const carried = join(BIN, 'node');
  const node = existsSync(carried) ? carried : process.execPath;
  return spawnSync(node, [join(BIN, 'nest'), 'build'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH}` },
  });
}

function build() {
  const started = new Date();
  const { status, error, stdout, stderr } = runNest();
  if (status !== 0) {
    console.error(`${stdout ?? ''}${stderr ?? ''}build: failed${error ? `: ${error.message}` : ''}`);
    process.exitCode = 1;
    return;
  }
  writeFileSync(STAMP, '');
  // A source that changed during the build is newer than this.
  utimesSync(STAMP, started, started);
  console.log(`build: dist/ is ready after ${((Date.now() - started.getTime()) / 1000).toFixed(1)} s`);
}

/** What src/platform/product.ts reads; a commit that changes no source is told, too. */
function describeBuild() {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const about = { version, commit: commit()?.id ?? 'unknown' };
  writeFileSync(join(ROOT, 'dist', 'build.json'), `${JSON.stringify(about)}\n`);
}

function run() {
  if (existsSync(join(BIN, 'nest'))) {
    build();
  } else if (existsSync(STAMP)) {
    console.log('build: dist/ is kept as it is, the compiler is not installed');
  } else {
    console.error('build: dist/ is missing and so is the compiler: run npm ci without --omit=dev');
    process.exitCode = 1;
  }
}

if (!process.argv.includes('--if-stale') || isStale()) run();
if (existsSync(STAMP)) describeBuild();
