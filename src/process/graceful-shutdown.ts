import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setImmediate as afterReading } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { onSighup } from './sighup.js';
import { Shutdown } from '../platform/shutdown.js';
import { flushLog, log } from '../platform/log/log.js';

/** Requests that still run after this long are cut off. */
const GRACE_MS = 6_500;
/** All is over after this long: a service manager may send KILL at 10 s. */
const LIMIT_MS = 9_500;
/** How long a connection that nobody uses is left open, so that a request on its way meets an open one. */
const LINGER_MS = 1_000;

/**
 * The first of SIGTERM and SIGINT. Later ones change nothing: npm passes on the Ctrl-C that we got from the terminal.
 * @param reload what SIGHUP asks for, unless it is the terminal we were started on that has gone.
 */
export const untilSignal = (reload: () => void): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
    onSighup(reload, resolve);
  });

/** Ends the process in time even when a part of it does not close; the embedded PostgreSQL then ends on its own. */
export function limitStop(exitCode: number): void {
  setTimeout(() => {
    log.warn('the stop took too long: what still ran is cut off');
    flushLog();
    process.exit(exitCode);
  }, LIMIT_MS);
}

/** Knows the connections on which nothing was ever sent: to the HTTP server those look like running requests. */
export function watchConnections(server: Server): () => void {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  };
}

/**
 * Stops taking connections and lets the running requests finish.
 * @param closeUnused closes the connections on which no request ever came.
 */
export async function stopServing(app: NestFastifyApplication, closeUnused: () => void): Promise<void> {
  app.get(Shutdown).begin();
  const server: Server = app.getHttpServer();
  // Whoever stands in the queue of the kernel would be reset: take those first.
  await afterReading();
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  // The close of http.Server would cut idle connections at once, under a request that is on its way.
  NetServer.prototype.close.call(server);
  const linger = setInterval(() => {
    // After what has arrived was read, and so is no longer idle.
    setImmediate(() => {
      closeUnused();
      server.closeIdleConnections();
    });
  }, LINGER_MS);
  const late = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearInterval(linger);
  clearTimeout(late);
}
