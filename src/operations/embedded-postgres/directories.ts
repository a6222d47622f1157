import {
  accessSync,
  chownSync,
  constants,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { StartupError } from '../../platform/errors/startup-error.js';

/** The socket's file name; the port is only a part of it, nothing listens on TCP. */
export const SOCKET_PORT = 5432;

// sockaddr_un.sun_path less its terminating zero: unix(7) on Linux, 104 bytes in all on BSD.
const SOCKET_PATH_BYTES = process.platform === 'darwin' ? 103 : 107;

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    // An id without an account, as containers have them.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** Creates DATA_DIR when it is missing and answers its real path. */
export function prepareDataDir(dataDir: string): string {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return realpathSync(dataDir);
  } catch (error) {
    throw new StartupError(
      `cannot write to the data directory ${dataDir} as user ${currentUser()} ` +
        `(${(error as NodeJS.ErrnoException).code ?? (error as Error).message}): ` +
        `make it writable for that user, or set DATA_DIR to another folder`,
      { cause: error },
    );
  }
}

/** The given path with links resolved: an operator may keep the cluster on another disk. */
export function resolveExisting(path: string): string {
  return statSync(path, { throwIfNoEntry: false }) ? realpathSync(path) : path;
}

/** Gives a tree to a user. The top goes last, so that an interrupted walk is done again. */
export function giveTree(path: string, uid: number, gid: number): void {
  const top = statSync(path);
  if (top.uid === uid && top.gid === gid) return;
  for (const entry of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(path, entry), uid, gid);
  }
  chownSync(path, uid, gid);
}

/** Where the socket goes: into the cluster, or into a private folder when that path is too long for a socket. */
export function chooseSocketDir(
  cluster: string,
  uid: number,
  gid: number,
): { path: string; temporary: boolean } {
  const socket = join(cluster, `.s.PGSQL.${SOCKET_PORT}`);
  if (Buffer.byteLength(socket) <= SOCKET_PATH_BYTES) return { path: cluster, temporary: false };
  // Not TMPDIR: that may be long, or out of reach for the server's user.
  const path = mkdtempSync('/tmp/frontdesk-');
  giveTree(path, uid, gid);
  return { path, temporary: true };
}
