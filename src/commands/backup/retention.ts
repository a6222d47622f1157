import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = /^frontdesk-\d{8}T\d{6}Z\.tar(?:\.age|\.gpg)?$/;

/** `frontdesk-20261125T030000Z.tar`: in the order of time by name. */
export const backupName = (at: Date, ending: string): string =>
  `frontdesk-${at.toISOString().replace(/[-:]|\.\d+/g, '')}.tar${ending}`;

/** Removes all but the newest backups of a directory, and nothing else. @returns the names that are gone. */
export async function keepNewest(directory: string, count: number): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => NAME.test(name)).sort();
  const old = names.slice(0, Math.max(0, names.length - count));
  for (const name of old) await rm(join(directory, name));
  return old;
}
