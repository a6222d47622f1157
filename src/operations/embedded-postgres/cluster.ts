import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StartupError } from '../../platform/errors/startup-error.js';
import { type Binaries } from './binaries.js';
import { chooseIdentity, type Identity } from './identity.js';
import { startKept } from './keeper.js';

const REMOVALS = 20;

const INITDB_FLAGS = [
  ...['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale-provider=builtin'],
  ...['--locale=C.UTF-8', '--no-instructions', '--data-checksums'],
];

/** Whether a cluster is there. Throws a StartupError for one of another version, or for something else there. */
export function clusterExists(cluster: string, major: string): boolean {
  if (!statSync(cluster, { throwIfNoEntry: false })) return false;
  try {
    const entries = readdirSync(cluster);
    if (entries.length === 0) return false;
    if (!entries.includes('PG_VERSION')) {
      throw new StartupError(
        `${cluster} holds files but no PostgreSQL cluster: move them away, or set DATA_DIR to another folder`,
      );
    }
    const found = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
    if (found === major) return true;
    throw new StartupError(
      `${cluster} was made by PostgreSQL ${found} and this release carries ${major}: ` +
        `take a backup with the release that made it and restore that here, or set DATABASE_URL to a server`,
    );
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(
      `cannot read ${cluster} as uid ${process.getuid?.()} (${(error as Error).message}): ` +
        `start as the user who owns it, or set DATA_DIR to another folder`,
      { cause: error },
    );
  }
}

/** An initdb that was told to end tidies up at the same time, and rmSync takes a file gone meanwhile for the end. */
function removeUnfinished(folder: string): void {
  for (let attempt = 0; attempt < REMOVALS && existsSync(folder); attempt += 1) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A folder beside the cluster's place, without what an initdb left that did not come to its end. */
function stagingFolder(cluster: string): string {
  const parent = dirname(cluster);
  const prefix = `${basename(cluster)}.new-`;
  try {
    for (const name of readdirSync(parent)) {
      if (name.startsWith(prefix)) removeUnfinished(join(parent, name));
    }
    return mkdtempSync(join(parent, prefix));
  } catch (error) {
    throw new StartupError(
      `cannot prepare a new cluster in ${parent} (${(error as Error).message}): make it writable, ` +
        `or set DATA_DIR to another folder`,
      { cause: error },
    );
  }
}

async function initdb(program: string, identity: Identity, folder: string, sync: boolean): Promise<void> {
  const flags = [...INITDB_FLAGS, ...(sync ? [] : ['--no-sync']), `--pgdata=${folder}`];
  const kept = await startKept(identity, [program, ...flags], () => undefined);
  const status = await kept.ended;
  if (status === 0) return;
  const problem = kept.recent.find((line) => /error|fatal/i.test(line)) ?? kept.recent.at(-1);
  throw new StartupError(
    `initdb failed in ${folder} (${problem}): free the disk or mend the folder, then start again`,
  );
}

/** Without this a power cut may forget the rename, and with it all that was acknowledged since. */
function syncFolder(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function publish(folder: string, cluster: string): void {
  try {
    renameSync(folder, cluster);
  } catch (error) {
    throw new StartupError(
      `cannot put the new cluster at ${cluster} (${(error as Error).message}): remove what is there`,
      { cause: error },
    );
  }
  syncFolder(dirname(cluster));
}

/** Builds a cluster beside its place and moves it there whole: a half-made one is never taken for one. */
export async function createCluster(
  cluster: string,
  dataDir: string,
  binaries: Binaries,
  sync: boolean,
): Promise<Identity> {
  const folder = stagingFolder(cluster);
  try {
    const identity = await chooseIdentity(folder, dataDir, binaries.postgres);
    await initdb(binaries.initdb, identity, folder, sync);
    publish(folder, cluster);
    return identity;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
