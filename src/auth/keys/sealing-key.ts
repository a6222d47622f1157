import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../../config/env.js';
import { StartupError } from '../../platform/errors/startup-error.js';

const KEY_BYTES = 32;

export const sealingKeyPath = (config: Config): string => join(config.dataDir, 'sealing-key');

/** Where the key in use comes from, for a message to the operator. */
export const sealingKeySource = (config: Config): string =>
  config.sealingKey === undefined ? sealingKeyPath(config) : 'SEALING_KEY';

/**
 * The key under which the signing keys are stored.
 * @param mayCreate whether nothing was sealed yet, so that a new key loses nothing.
 * @throws StartupError when it is missing or unreadable.
 */
export async function readSealingKey(config: Config, mayCreate: boolean): Promise<Buffer> {
  if (config.sealingKey !== undefined) return Buffer.from(config.sealingKey, 'base64');
  const path = sealingKeyPath(config);
  const stored = (await readIfThere(path)) ?? (mayCreate ? await create(path) : undefined);
  if (stored === undefined) {
    throw new StartupError(
      `${path} is missing, and the signing keys in the database are sealed with it: restore the file, or set SEALING_KEY`,
    );
  }
  const key = Buffer.from(stored.trim(), 'base64');
  if (key.length !== KEY_BYTES) {
    throw new StartupError(`${path} does not hold 32 bytes in base64: restore the file, or set SEALING_KEY`);
  }
  return key;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new StartupError(
      `${path} cannot be read (${String(code)}): make it readable for the user who runs this`,
      {
        cause: error,
      },
    );
  }
}

/** Written beside and linked into place: a crash leaves the whole file or none. */
async function create(path: string): Promise<string> {
  const draft = `${path}.${process.pid}`;
  await mkdir(join(path, '..'), { recursive: true });
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
  } catch (error) {
    // Another instance was first: its key is the one.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft);
  }
  return readFile(path, 'utf8');
}
