import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Passwords of the first users, one `username password` a line, until each has been changed. */
export const initialPasswordsPath = (dataDir: string): string => join(dataDir, 'initial-passwords');

export async function keepInitialPasswords(dataDir: string, users: { username: string; password: string }[]): Promise<void> {
  const lines = users.map(({ username, password }) => `${username} ${password}\n`);
  await writeFile(initialPasswordsPath(dataDir), lines.join(''), { mode: 0o600 });
}

/** Drops the line of a user whose password has changed, and the file with its last line. */
export async function forgetInitialPassword(dataDir: string, username: string): Promise<void> {
  const path = initialPasswordsPath(dataDir);
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const left = content.split('\n').filter((line) => line !== '' && !line.startsWith(`${username} `));
  if (left.length === 0) {
    await rm(path, { force: true });
    return;
  }
  const beside = `${path}.${process.pid}`;
  await writeFile(beside, `${left.join('\n')}\n`, { mode: 0o600 });
  await rename(beside, path);
}
