import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../../config/env.js';
import { problemFromDatabase } from '../platform/errors/postgres.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { log } from '../platform/log/log.js';
import { listen } from './listen.js';

const EVERY_MS = 250;
const RETRY_AFTER_SECONDS = '2';

/** Whether a server that does not answer now may do so in a moment: a wrong password will not. */
const isAway = (error: unknown): error is StartupError =>
  error instanceof StartupError && problemFromDatabase(error.cause)?.code === 'unavailable';

/** Answers 503, whatever is asked; a listener for requests that is taken away when the application serves. */
export function sayUnavailable(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const problem = {
    ...{ type: 'about:blank', title: 'Service Unavailable', status: 503, code: 'unavailable' },
    detail: 'The database does not answer. Send the request again in a moment.',
  };
  response
    .writeHead(503, {
      'content-type': 'application/problem+json',
      'retry-after': RETRY_AFTER_SECONDS,
      'cache-control': 'no-store',
      connection: 'close',
    })
    .end(JSON.stringify(problem));
}

/**
 * Reaches the database. A service that systemd has started waits for one that is away; anybody else is told at once,
 * for the URL may be wrong.
 *
 * Whoever asks on the socket of systemd meanwhile is told 503. Else the request would wait in that socket, whose client
 * gives up after its own time (nginx: 20 s) and tells of a failure: what it sent is still there, and a POST would be done
 * when the database is back.
 * @param server what listens from then on; undefined for a process without HTTP.
 */
export async function whenReachable<T>(
  { listen: listener, underSystemd }: Config,
  reach: () => Promise<T>,
  server: Server | undefined,
): Promise<T> {
  let isWaiting = false;
  for (;;) {
    try {
      return await reach();
    } catch (error) {
      if (!isAway(error) || (listener.kind !== 'fd' && !underSystemd)) throw error;
      if (!isWaiting) {
        isWaiting = true;
        if (listener.kind === 'fd' && server !== undefined) {
          await listen(server.on('request', sayUnavailable), listener);
        }
        log.warn(`waiting: ${error.message}`);
      }
      await delay(EVERY_MS);
    }
  }
}
