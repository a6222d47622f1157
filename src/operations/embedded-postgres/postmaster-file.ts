import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The lines of postmaster.pid: 1 the id, 8 the state. Empty when the file is not there. */
export function readPostmasterFile(cluster: string): string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
