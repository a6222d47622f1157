import { existsSync, readFileSync } from 'node:fs';

/** What is running here. */
export interface Product {
  version: string;
  /** The id of the commit it was built from, or `unknown`, as of what was built from an archive of the sources. */
  commit: string;
}

const BUILT = new URL('../../build.json', import.meta.url);
const SOURCES = new URL('../../package.json', import.meta.url);

const read = (file: URL) => JSON.parse(readFileSync(file, 'utf8')) as Product;

/** From dist/build.json, which a build writes; the tests run from the sources. */
export const product: Product = existsSync(BUILT)
  ? read(BUILT)
  : { version: read(SOURCES).version, commit: 'unknown' };
