// npm run test:guards [-- --only TEXT ...]: breaks one guard at a time in a copy of the tree, and sees which test notices.
// A break that nothing notices fails, and so does one whose text is not in its file any more.
import { chmodSync, cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { transformFileSync } from '@swc/core';
import jest from '../../jest.config.js';
import { isInterrupted, ROOT, runSpec, withPostgres } from './specs.mjs';

/** Of no use to a test, or linked instead. */
const NOT_COPIED = new Set(['.git', 'node_modules', 'var']);
/** As jest compiles a spec, the program that specs start is compiled as well. */
const [, COMPILED_AS] = Object.values(jest.projects[0].transform)[0];
/**
 * @typedef {object} Break
 * @property {string} what what nobody holds to any more, as a sentence about the product
 * @property {string} file
 * @property {string} from text that is in the file exactly once
 * @property {string} to what stands there instead; it must compile
 * @property {[spec: string, only?: string][]} red the specs that must notice, each with a pattern of its tests (`-t`)
 */

/** @returns {Promise<(Break & { feature: string })[]>} */
async function readBreaks() {
  const folder = new URL('breaks/', import.meta.url);
  const tables = readdirSync(folder).sort();
  const rows = await Promise.all(
    tables.map(async (name) => {
      const { default: breaks } = await import(new URL(name, folder).href);
      return breaks.map((row) => ({ feature: name.replace('.mjs', ''), ...row }));
    }),
  );
  return rows.flat();
}

/** A tree in which files may be changed, with the packages of the original. */
function copyTree() {
  const copy = mkdtempSync(join(tmpdir(), 'frontdesk-guards-'));
  for (const name of readdirSync(ROOT))
    if (!NOT_COPIED.has(name)) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  mkdirSync(join(copy, 'var'));
  // Some specs start the program as another user.
  chmodSync(copy, 0o755);
  return copy;
}

/** Puts a source there, and into the built program. */
function put(tree, file, text) {
  writeFileSync(join(tree, file), text);
  const { code } = transformFileSync(join(tree, file), { ...COMPILED_AS, swcrc: false, sourceMaps: false });
  writeFileSync(join(tree, 'dist', file.replace(/\.ts$/, '.js')), code);
}

/**
 * Runs once, unbroken, what the breaks name, each spec with all of its patterns together.
 * @returns the names of the tests that passed by spec, or why the spec says nothing.
 */
async function baselines(tree, breaks) {
  const patterns = new Map();
  for (const [spec, only] of breaks.flatMap(({ red }) => red)) {
    const known = patterns.get(spec);
    if (only === undefined || known === null) patterns.set(spec, null);
    else patterns.set(spec, new Set([...(known ?? []), only]));
  }
  const found = new Map();
  for (const [spec, only] of patterns) {
    if (isInterrupted()) break;
    const began = performance.now();
    const words = only === null ? undefined : [...only].map((pattern) => `(?:${pattern})`).join('|');
    const { passed, failed, broken, output } = await runSpec(tree, spec, words);
    const reason = broken ?? (failed.length > 0 ? `it fails: ${failed.join('; ')}` : undefined);
    found.set(spec, { passed, reason });
    console.log(
      `unbroken ${found.size} of ${patterns.size}  ${seconds(began)}  ${spec}: ${reason ?? `${passed.length} passed`}`,
    );
    if (reason !== undefined) console.log(output);
  }
  return found;
}

const seconds = (began) => `${((performance.now() - began) / 1_000).toFixed(1)} s`.padStart(7);

/** Applies one break and runs what must notice it. @returns why it was not noticed; undefined when it was. */
async function tryBreak(tree, { file, from, to, red }, unbroken) {
  const sound = readFileSync(join(tree, file), 'utf8');
  const times = sound.split(from).length - 1;
  if (times !== 1) return `no longer applies: its text is in the file ${times} times`;
  for (const [spec, only] of red) {
    const { passed, reason } = unbroken.get(spec);
    if (reason !== undefined) return `${spec} says nothing, for unbroken ${reason}`;
    if (!passed.some((name) => new RegExp(only ?? '', 'i').test(name)))
      return `${spec} has no test like ${only}`;
  }
  try {
    put(
      tree,
      file,
      sound.replace(from, () => to),
    );
    for (const [spec, only] of red) {
      const { failed, broken } = await runSpec(tree, spec, only);
      // A suite may also fail at its end, when what is broken never comes to one.
      if (failed.length === 0) return broken === undefined ? `NOT NOTICED by ${spec}` : `${spec}: ${broken}`;
    }
    return undefined;
  } finally {
    put(tree, file, sound);
  }
}

/** @returns how many were noticed, and how many not. */
async function tryAll(breaks) {
  const tree = copyTree();
  const sums = { passed: 0, failed: 0 };
  try {
    const unbroken = await baselines(tree, breaks);
    for (const [index, row] of breaks.entries()) {
      if (isInterrupted()) break;
      const began = performance.now();
      const reason = await tryBreak(tree, row, unbroken);
      sums[reason === undefined ? 'passed' : 'failed'] += 1;
      const place = `${index + 1} of ${breaks.length}`.padStart(9);
      console.log(
        `${place}  ${seconds(began)}  ${reason ?? 'noticed'}  ${row.feature}: ${row.what} (${row.file})`,
      );
    }
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
  return sums;
}

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true, default: [''] } } });
const breaks = (await readBreaks()).filter((row) =>
  values.only.some((text) => JSON.stringify(row).includes(text)),
);
const { passed, failed } = await withPostgres(() => tryAll(breaks));
const missed = failed + (breaks.length === 0 ? 1 : 0);
if (breaks.length === 0) console.log(`no break is like ${values.only.join(' or ')}`);
console.log(`\ntests: ${passed} passed, ${missed} failed`);
process.exitCode = missed > 0 || isInterrupted() ? 1 : 0;
