import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { promisify } from 'node:util';
import { StartupError } from '../../platform/errors/startup-error.js';
import { giveTree } from './directories.js';
import { SMALL_ENVIRONMENT } from './environment.js';

/** Under whom PostgreSQL runs: it refuses to be root. */
export interface Identity {
  /** Owner of the cluster's files, as this process sees them. */
  uid: number;
  gid: number;
  /** Command words in front of the program. */
  prefix: readonly string[];
}

// The kernel's overflow id, `nobody` on every Linux distribution.
const NOBODY = 65534;

const run = promisify(execFile);

function changeUser(uid: number, gid: number, capabilities: readonly string[]): Identity {
  const ids = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  return { uid, gid, prefix: ['setpriv', ...ids, ...capabilities] };
}

const NO_RIGHTS = ['--bounding-set=-all', '--inh-caps=-all'];

/** For a clone under a folder that only root may enter: the right to pass folders stays, all others go. */
const PASS_FOLDERS = [
  '--inh-caps=-all,+dac_override',
  '--ambient-caps=+dac_override',
  // Some releases of setpriv lose the capability with the change of user without this.
  '--securebits=+no_setuid_fixup',
  '--bounding-set=-all,+dac_override',
];

/** For a container whose root may not change its user: still root outside, nobody inside. */
function userNamespace(): Identity {
  return {
    uid: 0,
    gid: 0,
    prefix: ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`],
  };
}

/** The first of these folders that is not root's names the user. */
function preferredOwner(folders: readonly string[]): { uid: number; gid: number } {
  for (const folder of folders) {
    const { uid, gid } = statSync(folder);
    if (uid !== 0) return { uid, gid: gid === 0 ? NOBODY : gid };
  }
  return { uid: NOBODY, gid: NOBODY };
}

/** Why this identity cannot serve, or undefined when it can enter the folder and run the program. */
async function obstacle(identity: Identity, folder: string, program: string): Promise<string | undefined> {
  const [first, ...rest] = [
    ...identity.prefix,
    ...['/bin/sh', '-c', 'cd "$1" && exec "$2" --version', 'probe', folder, program],
  ] as [string, ...string[]];
  try {
    giveTree(folder, identity.uid, identity.gid);
    await run(first, rest, { cwd: '/', env: SMALL_ENVIRONMENT });
    return undefined;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return (stderr || message).trim().split('\n').at(-1) ?? message;
  }
}

async function ordinaryUser(uid: number, folder: string, program: string): Promise<Identity> {
  const owner = statSync(folder).uid;
  if (owner !== uid) {
    throw new StartupError(
      `${folder} belongs to uid ${owner} and this process runs as uid ${uid}: ` +
        `start as that user, or give the folder away with chown -R ${uid} ${folder}`,
    );
  }
  const identity = { uid, gid: statSync(folder).gid, prefix: [] };
  const problem = await obstacle(identity, folder, program);
  if (problem === undefined) return identity;
  throw new StartupError(
    `cannot run the embedded PostgreSQL ${program} as uid ${uid} (${problem}): set DATABASE_URL to a server`,
  );
}

async function insteadOfRoot(folder: string, dataDir: string, program: string): Promise<Identity> {
  const { uid, gid } = preferredOwner([folder, dataDir]);
  const problems: string[] = [];
  for (const identity of [
    changeUser(uid, gid, NO_RIGHTS),
    changeUser(uid, gid, PASS_FOLDERS),
    userNamespace(),
  ]) {
    const problem = await obstacle(identity, folder, program);
    if (problem === undefined) return identity;
    problems.push(problem);
  }
  throw new StartupError(
    `cannot run the embedded PostgreSQL ${program} on ${folder} as uid ${uid}, and it refuses to be root ` +
      `(${problems.join('; ')}): start as an ordinary user, or set DATABASE_URL to a server`,
  );
}

/**
 * Decides under whom PostgreSQL runs and gives the folder to that user.
 * Ourselves, or, when we are root, the owner of the folder or of DATA_DIR, else nobody.
 */
export async function chooseIdentity(folder: string, dataDir: string, program: string): Promise<Identity> {
  const uid = process.getuid?.() ?? NOBODY;
  if (uid !== 0) return ordinaryUser(uid, folder, program);
  return insteadOfRoot(folder, dataDir, program);
}
