import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { log } from '../platform/log/log.js';

/** Passwords of the first users, one `username password` a line, until each has been changed. */
export const initialPasswordsPath = (dataDir: string): string => join(dataDir, 'initial-passwords');

export async function keepInitialPasswords(
  dataDir: string,
  users: { username: string; password: string }[],
): Promise<void> {
  const lines = users.map(({ username, password }) => `${username} ${password}\n`);
  await writeFile(initialPasswordsPath(dataDir), lines.join(''), { mode: 0o600 });
}

/** Drops the line of a user whose password has changed or who is gone, and the file with its last line. */
export const forgetInitialPassword = (dataDir: string, username: string): Promise<void> =>
  inTurn(dataDir, (lines) => lines.filter((line) => !line.startsWith(`${username} `)));

/** The line follows its user to a new name: the password still works, and its change must find the line. */
export const renameInitialPassword = (dataDir: string, from: string, to: string): Promise<void> =>
  inTurn(dataDir, (lines) =>
    lines.map((line) => (line.startsWith(`${from} `) ? `${to}${line.slice(from.length)}` : line)),
  );

let last = Promise.resolve();

/** One change after the other. What it follows is committed by then, so that a failure here is only told. */
function inTurn(dataDir: string, change: (lines: string[]) => string[]): Promise<void> {
  const path = initialPasswordsPath(dataDir);
  last = last
    .then(() => rewrite(path, change))
    .catch((error: unknown) => log.error({ err: error }, `${path} cannot be changed: remove it by hand`));
  return last;
}

async function rewrite(path: string, change: (lines: string[]) => string[]): Promise<void> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const left = change(content.split('\n').filter((line) => line !== ''));
  if (left.length === 0) {
    await rm(path, { force: true });
    return;
  }
  const beside = `${path}.${process.pid}`;
  await writeFile(beside, `${left.join('\n')}\n`, { mode: 0o600 });
  await rename(beside, path);
}
