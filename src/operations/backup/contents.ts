import { chmodSync, chownSync, constants, existsSync, statSync } from 'node:fs';
import { access, copyFile, cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, configDir } from '../../../config/env.js';
import { readSealingKey, sealingKeyPath } from '../../auth/keys/sealing-key.js';
import { giveTree } from '../embedded-postgres/directories.js';
import { StartupError } from '../../platform/errors/startup-error.js';

/** Of DATA_DIR: what cannot be made anew. The key has a place of its own, for it may come from elsewhere. */
const KEPT_DIRECTORIES = ['attachments'];
const KEPT_FILES = ['initial-passwords'];
const SEALING_KEY = 'keys/sealing-key';
/** Kept to be read: they tell of one machine, and are not put back on another. */
const SETTINGS = ['frontdesk.env', 'nginx-options'];

/** Copies everything that is no database into the directory. */
export async function gather(config: Config, into: string): Promise<void> {
  for (const part of ['keys', 'config', 'data']) await mkdir(join(into, part));
  // Without it nobody could sign in again: the signing keys in the database are sealed with it.
  const key = await readSealingKey(config, false);
  await writeFile(join(into, SEALING_KEY), `${key.toString('base64')}\n`, { mode: 0o600 });
  for (const name of await readdir(configDir))
    if (name.endsWith('.json') || SETTINGS.includes(name))
      await copyFile(join(configDir, name), join(into, 'config', name));
  for (const name of [...KEPT_DIRECTORIES, ...KEPT_FILES]) {
    const path = join(config.dataDir, name);
    if (existsSync(path)) await cp(path, join(into, 'data', name), { recursive: true });
  }
}

const tunedFiles = async (from: string): Promise<string[]> =>
  (await readdir(join(from, 'config'))).filter((name) => !SETTINGS.includes(name));

/** @throws StartupError naming what is in the way. Changes nothing. */
export async function assertRoom(config: Config, from: string): Promise<void> {
  for (const name of KEPT_DIRECTORIES) {
    const path = join(config.dataDir, name);
    if (existsSync(path) && (await readdir(path)).length > 0)
      throw new StartupError(`${path} is not empty: a backup is restored only into an empty installation`);
  }
  const stored = (await readFile(join(from, SEALING_KEY), 'utf8')).trim();
  if (config.sealingKey !== undefined && config.sealingKey !== stored)
    throw new StartupError(
      'SEALING_KEY is another key than that of the backup: set the one of the backup, or unset it',
    );
  for (const name of await tunedFiles(from))
    if (!(await isSame(join(from, 'config', name), join(configDir, name)))) await assertWritable(configDir);
}

/** @throws StartupError before there is half a restore. */
async function assertWritable(directory: string): Promise<void> {
  try {
    await access(directory, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError(
      `${directory} cannot be written (${code}), and the backup holds other configuration files: give it to this user, or set CONFIG_DIR`,
      { cause: error },
    );
  }
}

const isSame = async (from: string, to: string): Promise<boolean> =>
  existsSync(to) && (await readFile(to)).equals(await readFile(from));

/** Keeps what is there under another name, unless it is the same. */
async function putFile(from: string, to: string, mode: number): Promise<void> {
  if (await isSame(from, to)) return;
  if (existsSync(to)) await rename(to, `${to}.before-restore`);
  await copyFile(from, to);
  chmodSync(to, mode);
}

/** As root we write for whoever the directory belongs to. */
function handOver(path: string, directory: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(directory);
  if (statSync(path).isDirectory()) giveTree(path, uid, gid);
  else chownSync(path, uid, gid);
}

/** Puts everything that is no database where it belongs. */
export async function putBack(config: Config, from: string): Promise<void> {
  if (config.sealingKey === undefined) {
    await putFile(join(from, SEALING_KEY), sealingKeyPath(config), 0o600);
    handOver(sealingKeyPath(config), config.dataDir);
  }
  for (const name of await tunedFiles(from)) {
    await putFile(join(from, 'config', name), join(configDir, name), 0o644);
    handOver(join(configDir, name), configDir);
  }
  for (const name of await readdir(join(from, 'data'))) {
    const to = join(config.dataDir, name);
    if (KEPT_FILES.includes(name)) await putFile(join(from, 'data', name), to, 0o600);
    else if (KEPT_DIRECTORIES.includes(name)) await cp(join(from, 'data', name), to, { recursive: true });
    else continue;
    handOver(to, config.dataDir);
  }
}
