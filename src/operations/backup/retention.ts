import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = /^frontdesk-\d{8}T\d{6}Z\.tar(?:\.age|\.gpg)?$/;

/** `frontdesk-20261125T030000Z.tar`: in the order of time by name. */
export const backupName = (at: Date, ending: string): string =>
  `frontdesk-${at.toISOString().replace(/[-:]|\.\d+/g, '')}.tar${ending}`;

/**
 * Removes all but the newest backups of a directory, and nothing else.
 * @param made the one that was made now: it stays, though a clock that was wrong once gave others a later name.
 * @returns the names that are gone.
 */
export async function keepNewest(directory: string, count: number, made: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const others = entries
    .filter((entry) => entry.isFile() && NAME.test(entry.name) && entry.name !== made)
    .map(({ name }) => name)
    .sort();
  const old = others.slice(0, Math.max(0, others.length - (count - 1)));
  // Another backup may be removing the same ones.
  for (const name of old) await rm(join(directory, name), { force: true });
  return old;
}
