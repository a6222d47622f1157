import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE, once } from './base.mjs';
import { run } from './command.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = join(CACHE, `releases-${process.pid}`);
/** Where a guest finds this run's releases, read-only. */
const INSIDE = '/srv/releases';
export const VERSION = '1.0.0';

let made;
/** The release under test, packed once a run. @returns the path of its archive in a guest. */
export function makeRelease() {
  made ??= (async () => {
    mkdirSync(FOLDER, { recursive: true });
    const command = ['deploy/release.mjs', '--out', FOLDER, '--version', VERSION];
    const { stdout, ms } = await run([process.execPath, ...command], { cwd: ROOT, timeout: 180_000 });
    console.log(`${stdout.trim()} (${(ms / 1000).toFixed(1)} s)`);
    await run(['tar', '-C', FOLDER, '-xzf', join(FOLDER, `frontdesk-${VERSION}.tar.gz`)]);
    return `${INSIDE}/frontdesk-${VERSION}.tar.gz`;
  })();
  return made;
}

/** Changes a text file of a variant, whose other files are those of the release (hard links). */
export function edit(file, change) {
  const text = change(readFileSync(file, 'utf8'));
  rmSync(file);
  writeFileSync(file, text);
}

/**
 * Adds a migration to a variant.
 * @param sql what it does. @param marks the class's own fields, such as `static breaking = true;`.
 */
export function addMigration(folder, name, sql, marks = '') {
  const up = `async up(runner) { for (const text of ${JSON.stringify([sql].flat())}) await runner.query(text); }`;
  writeFileSync(
    join(folder, `dist/migrations/${name}.js`),
    `export class ${name} { ${marks} name = '${name}'; ${up} async down() {} }\n`,
  );
  edit(join(folder, 'dist/migrations/index.js'), (index) =>
    `import { ${name} } from './${name}.js';\n${index}`.replace(/\n\];/, `\n  ${name},\n];`),
  );
}

const variants = new Map();

/**
 * Another version of the release, with what `change(folder)` does to its files; made once a run.
 * @returns the path of its archive in a guest.
 */
export async function makeVariant(version, change = () => undefined) {
  await makeRelease();
  const name = `frontdesk-${version}`;
  if (!variants.has(name)) {
    const folder = join(FOLDER, name);
    await run(['cp', '-rl', join(FOLDER, `frontdesk-${VERSION}`), folder]);
    for (const file of ['release.json', 'dist/build.json'])
      edit(join(folder, file), (text) => text.replace(VERSION, version));
    change(folder);
    // Not compressed: it is made and unpacked within seconds, and nobody downloads it.
    await run(['tar', '-C', FOLDER, '-cf', join(FOLDER, `${name}.tar`), name], { timeout: 120_000 });
    rmSync(folder, { recursive: true });
    variants.set(name, `${INSIDE}/${name}.tar`);
  }
  return variants.get(name);
}

/** The last commit of 0.1.0. */
const FORMER = 'e285fb9158a40291fe81f07c694ba55666cfb301';

/** Why the release before cannot be built here; undefined when it can. */
export async function formerReason() {
  const { code } = await run(['git', '-C', ROOT, 'cat-file', '-e', `${FORMER}^{commit}`], { check: false });
  return code === 0
    ? undefined
    : `the commit ${FORMER.slice(0, 7)} is not in this repository: fetch its whole history`;
}

/**
 * 0.1.0 as it was, built from its commit with the packages of today; kept for later runs.
 * @returns the path of its archive in a guest.
 */
export async function makeFormerRelease() {
  const name = 'frontdesk-0.1.0.tar.gz';
  const folder = await once(join(CACHE, `former-${FORMER.slice(0, 12)}`), async (unfinished) => {
    const sources = join(unfinished, 'sources');
    mkdirSync(sources);
    await run(['sh', '-c', 'git -C "$1" archive "$2" | tar -x -C "$3"', 'sh', ROOT, FORMER, sources]);
    symlinkSync(join(ROOT, 'node_modules'), join(sources, 'node_modules'));
    await run([process.execPath, '.ci/build.mjs'], { cwd: sources, timeout: 300_000 });
    await run([process.execPath, 'deploy/release.mjs', '--out', unfinished], {
      cwd: sources,
      timeout: 300_000,
    });
    rmSync(sources, { recursive: true });
  });
  mkdirSync(FOLDER, { recursive: true });
  cpSync(join(folder, name), join(FOLDER, name));
  return `${INSIDE}/${name}`;
}

/** For `Machine.boot`: what is shared with a guest. */
export function sharedReleases() {
  mkdirSync(FOLDER, { recursive: true });
  return [[FOLDER, INSIDE]];
}

export const forgetReleases = () => rmSync(FOLDER, { recursive: true, force: true });
