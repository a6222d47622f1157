import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE } from './base.mjs';
import { run } from './command.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = join(CACHE, `releases-${process.pid}`);
export const VERSION = '1.0.0';

let made;
/** The release under test, packed once a run and unpacked beside. @returns the path of its archive. */
export function makeRelease() {
  made ??= (async () => {
    mkdirSync(FOLDER, { recursive: true });
    const command = ['deploy/release.mjs', '--out', FOLDER, '--version', VERSION];
    const { stdout, ms } = await run([process.execPath, ...command], { cwd: ROOT, timeout: 180_000 });
    console.log(`${stdout.trim()} (${(ms / 1000).toFixed(1)} s)`);
    const archive = join(FOLDER, `frontdesk-${VERSION}.tar.gz`);
    await run(['tar', '-C', FOLDER, '-xzf', archive]);
    return archive;
  })();
  return made;
}

/**
 * Another version of it, with what `change(folder)` does to its files.
 * @returns the path of its archive.
 */
export async function makeVariant(version, change = () => undefined) {
  await makeRelease();
  const name = `frontdesk-${version}`;
  const folder = join(FOLDER, name);
  cpSync(join(FOLDER, `frontdesk-${VERSION}`), folder, { recursive: true });
  await run([
    'sed',
    '-i',
    `s/"version": "${VERSION}"/"version": "${version}"/`,
    join(folder, 'release.json'),
  ]);
  await change(folder);
  const archive = join(FOLDER, `${name}.tar.gz`);
  // Quick instead of small: nobody downloads it.
  await run(['tar', '-C', FOLDER, '-I', 'gzip -1', '-cf', archive, name], { timeout: 120_000 });
  rmSync(folder, { recursive: true });
  return archive;
}

export const forgetReleases = () => rmSync(FOLDER, { recursive: true, force: true });
