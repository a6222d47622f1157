import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../config/env.js';
import { problemFromDatabase } from '../platform/errors/postgres.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { log } from '../platform/log/log.js';

const EVERY_MS = 250;

/** Whether a server that does not answer now may do so in a moment: a wrong password will not. */
const isAway = (error: unknown): error is StartupError =>
  error instanceof StartupError && problemFromDatabase(error.cause)?.code === 'unavailable';

/** A process of its own: whoever closed a listening socket here could not listen on it again. */
function standInOn(fd: number): ChildProcess {
  const program = fileURLToPath(new URL('unavailable-responder.js', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'ignore', 'inherit', fd] });
  // Without it requests wait as well.
  return child.once('error', (error) => log.warn({ err: error }, 'nobody can say 503 meanwhile'));
}

async function relieve(standIn: ChildProcess): Promise<void> {
  if (standIn.pid === undefined || standIn.exitCode !== null || standIn.signalCode !== null) return;
  const ended = once(standIn, 'exit');
  standIn.stdin?.end();
  await ended;
}

/**
 * Reaches the database. A service that systemd has started waits for one that is away, and says 503 meanwhile to
 * whoever asks; anybody else is told at once, for the URL may be wrong.
 */
export async function whenReachable<T>(
  { listen, underSystemd }: Config,
  reach: () => Promise<T>,
  http: boolean,
): Promise<T> {
  let standIn: ChildProcess | undefined;
  let isWaiting = false;
  try {
    for (;;) {
      try {
        return await reach();
      } catch (error) {
        if (!isAway(error) || (listen.kind !== 'fd' && !underSystemd)) throw error;
        if (!isWaiting) log.warn(`waiting: ${error.message}`);
        isWaiting = true;
        if (http && listen.kind === 'fd') standIn ??= standInOn(listen.fd);
        await delay(EVERY_MS);
      }
    }
  } finally {
    if (standIn !== undefined) await relieve(standIn);
  }
}
