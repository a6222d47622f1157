import { chmodSync, lstatSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { Listener } from '../../config/env.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { log } from '../platform/log/log.js';

/**
 * Takes requests on the port, on the Unix socket, or on the socket that systemd opened.
 * @throws StartupError with one line an operator can act on.
 */
export async function listen(server: Server, listener: Listener): Promise<void> {
  if (listener.kind === 'socket') await removeStaleSocket(listener.path);
  const umask = process.umask();
  // From the first moment on nobody but owner and group may connect.
  if (listener.kind === 'socket') process.umask(0o117);
  try {
    await opened(server, listener);
    if (listener.kind === 'socket') chmodSync(listener.path, 0o660);
  } catch (error) {
    throw cannotListen(error as NodeJS.ErrnoException, listener);
  } finally {
    process.umask(umask);
  }
  // A connection that cannot be taken (no descriptor left, say) is no reason to drop all others.
  server.on('error', (error) => log.error({ err: error }, 'a connection could not be taken'));
}

function opened(server: Server, listener: Listener): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      server.off('error', reject);
      resolve();
    };
    server.once('error', reject).once('listening', done);
    if (listener.kind === 'tcp') server.listen({ host: listener.host, port: listener.port });
    else if (listener.kind === 'socket') server.listen({ path: listener.path });
    else server.listen({ fd: listener.fd });
  });
}

function placeOf(listener: Listener): string {
  if (listener.kind === 'tcp') return `${listener.host}:${listener.port}`;
  return listener.kind === 'socket' ? listener.path : `file descriptor ${listener.fd}`;
}

const REMEDIES: Record<string, string> = {
  EADDRINUSE: 'Another program has it: stop that one, or set PORT.',
  EACCES: 'This user may not use it: choose another PORT or SOCKET_PATH.',
};

function cannotListen(error: NodeJS.ErrnoException, listener: Listener): StartupError {
  const remedy = REMEDIES[error.code ?? ''] ?? 'Check HOST, PORT and SOCKET_PATH.';
  return new StartupError(`Cannot listen on ${placeOf(listener)} (${error.code}). ${remedy}`, {
    cause: error,
  });
}

/** A socket left by a killed process would refuse the bind; one that answers belongs to a living server. */
async function removeStaleSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new StartupError(`${path} is there and is no socket. Remove it, or set SOCKET_PATH.`);
  const refusal = await refusalOf(path);
  if (refusal === undefined)
    throw new StartupError(`Another server answers on ${path}. Stop it, or set SOCKET_PATH.`);
  if (refusal !== 'ECONNREFUSED') {
    throw new StartupError(
      `Cannot tell whether a server lives on ${path} (${refusal}). Remove it, or set SOCKET_PATH.`,
    );
  }
  rmSync(path);
}

/** Why a connection to the socket is refused; undefined when it is taken. */
const refusalOf = (path: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(undefined);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
