import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '../../platform/errors/startup-error.js';
import { SOCKET_PORT } from './directories.js';
import { readPostmasterFile } from './postmaster-file.js';
import { findProcess, sendSignal, waitUntilGone } from './processes.js';

const FAST_SHUTDOWN_MS = 15_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;

function runsOn(cluster: string, command: string): boolean {
  return command.includes('postgres') && `${command} `.includes(`-D ${cluster} `);
}

function signal(pid: number, name: NodeJS.Signals, cluster: string): void {
  try {
    sendSignal(pid, name);
  } catch (error) {
    throw new StartupError(
      `a PostgreSQL, process ${pid}, already runs on ${cluster} and this user may not stop it: stop it first`,
      { cause: error },
    );
  }
}

/**
 * Ends a server that a killed application left on this cluster. Call it as the cluster's owner (see lock.ts):
 * then no living application uses that server.
 */
export async function endStrayServer(cluster: string, log: (message: string) => void): Promise<void> {
  const pid = Number(readPostmasterFile(cluster)[0]);
  const found = pid > 0 ? findProcess(pid) : undefined;
  if (!found) return;
  if (found.command !== '' && !runsOn(cluster, found.command)) {
    // The id went to another program since. PostgreSQL looks no closer than that and would refuse to start.
    rmSync(join(cluster, 'postmaster.pid'), { force: true });
    rmSync(join(cluster, `.s.PGSQL.${SOCKET_PORT}.lock`), { force: true });
    return;
  }
  log(`stopping PostgreSQL, process ${pid}, left on ${cluster} by an application that was killed`);
  signal(pid, 'SIGINT', cluster);
  if (await waitUntilGone(pid, FAST_SHUTDOWN_MS)) return;
  signal(pid, 'SIGQUIT', cluster);
  if (await waitUntilGone(pid, IMMEDIATE_SHUTDOWN_MS)) return;
  throw new StartupError(`PostgreSQL, process ${pid}, on ${cluster} does not stop: end it, then start again`);
}
