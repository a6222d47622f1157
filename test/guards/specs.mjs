import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const JEST = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
/** What is broken may make a spec wait for what never comes: longer than this, and it is ended. */
const LONGEST_MS = 180_000;

let running;
let interrupted = false;

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    interrupted = true;
    running?.kill('SIGKILL');
  });

export const isInterrupted = () => interrupted;

/** Does the work with one PostgreSQL for all specs, which find it in the environment. */
export async function withPostgres(work) {
  const { default: start } = await import('../support/global-setup.mjs');
  const { default: stop } = await import('../support/global-teardown.mjs');
  await start();
  try {
    return await work();
  } finally {
    await stop();
  }
}

/** Runs some tests of one spec. @returns their full names by status, and what was printed. */
export async function runSpec(tree, spec, only) {
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-results-'));
  const results = join(folder, 'results.json');
  const words = [...JEST, '--selectProjects', spec.split('/')[1], '--runTestsByPath', spec];
  if (only !== undefined) words.push('-t', only);
  running = spawn(process.execPath, [...words, '--reporters=default', '--json', `--outputFile=${results}`], {
    cwd: tree,
    env: { ...process.env, LONG_TESTS: 'true' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  running.stderr.setEncoding('utf8').on('data', (text) => (output += text));
  await new Promise((resolve) => running.once('close', resolve));
  running = undefined;
  try {
    return { ...read(JSON.parse(readFileSync(results, 'utf8'))), output };
  } catch {
    return { passed: [], failed: [], broken: 'it was not finished', output };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function read({ testResults, numRuntimeErrorTestSuites }) {
  const tests = (wanted) =>
    testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === wanted)
      .map(({ fullName }) => fullName);
  const broken = numRuntimeErrorTestSuites > 0 ? 'it could not be run at all' : undefined;
  return { passed: tests('passed'), failed: tests('failed'), broken };
}
