import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE } from './base.mjs';
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
    edit(join(folder, 'release.json'), (text) =>
      text.replace(`"version": "${VERSION}"`, `"version": "${version}"`),
    );
    change(folder);
    // Not compressed: it is made and unpacked within seconds, and nobody downloads it.
    await run(['tar', '-C', FOLDER, '-cf', join(FOLDER, `${name}.tar`), name], { timeout: 120_000 });
    rmSync(folder, { recursive: true });
    variants.set(name, `${INSIDE}/${name}.tar`);
  }
  return variants.get(name);
}

/** For `Machine.boot`: what is shared with a guest. */
export function sharedReleases() {
  mkdirSync(FOLDER, { recursive: true });
  return [[FOLDER, INSIDE]];
}

export const forgetReleases = () => rmSync(FOLDER, { recursive: true, force: true });
