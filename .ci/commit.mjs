// The commit from which something is built here.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @returns its id and its time in seconds; undefined outside a repository, such as in an archive of the sources. */
export function commit() {
  // An archive may have been unpacked inside of another repository.
  if (!existsSync(join(ROOT, '.git'))) return undefined;
  try {
    const asked = { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    const [id, seconds] = execFileSync('git', ['log', '-1', '--format=%H %ct'], asked).trim().split(' ');
    return { id, seconds: Number(seconds) };
  } catch {
    return undefined; // Without git, or in a repository of somebody whom git does not trust.
  }
}
