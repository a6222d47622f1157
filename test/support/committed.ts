import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * A generated artefact that people review in the repository. With UPDATE_COMMITTED=1 the file is written anew;
 * otherwise the test compares with what is committed.
 */
export function committed(path: string, generated: string): string {
  if (process.env.UPDATE_COMMITTED === '1') writeFileSync(path, generated);
  return existsSync(path)
    ? readFileSync(path, 'utf8')
    : `(there is no ${path}: run the test with UPDATE_COMMITTED=1)`;
}
