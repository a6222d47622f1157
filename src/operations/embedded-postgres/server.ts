import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '../../platform/errors/startup-error.js';
import { chooseSocketDir, SOCKET_PORT } from './directories.js';
import { type Identity } from './identity.js';
import { type KeptProgram, startKept } from './keeper.js';
import { readPostmasterFile } from './postmaster-file.js';

export interface Server {
  socketDir: string;
  stop(): Promise<void>;
  /** Fulfilled with a line for the operator when the server ends without having been stopped. */
  failed: Promise<string>;
}

export interface ServerOptions {
  cluster: string;
  postgres: string;
  identity: Identity;
  settings: Record<string, string>;
  log: (message: string) => void;
}

// The application promises to be gone within 10 s of a SIGTERM.
const STOP_PATIENCE_MS = 8_000;
const READY_POLL_MS = 10;
const SLOW_START_MS = 10_000;
/** How long the backends of a postmaster that was killed may take to notice. */
const ORPHANS_MS = 15_000;

/** Queries' own errors go to the application, which knows what of them may be logged. */
const QUIET = {
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_line_prefix: '',
};

function command(options: ServerOptions, socketDir: string): [string, ...string[]] {
  const settings = {
    listen_addresses: '',
    port: String(SOCKET_PORT),
    unix_socket_directories: `"${socketDir.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    ...QUIET,
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return [options.postgres, '-D', options.cluster, ...flags];
}

async function waitUntilReady(kept: KeptProgram, options: ServerOptions): Promise<boolean> {
  let report = Date.now() + SLOW_START_MS;
  while (!kept.hasEnded()) {
    const lines = readPostmasterFile(options.cluster);
    if (Number(lines[0]) === kept.pid && lines[7]?.trim() === 'ready') return true;
    if (Date.now() > report) {
      options.log(`PostgreSQL is still starting on ${options.cluster}; a recovery takes its time`);
      report += SLOW_START_MS;
    }
    await delay(READY_POLL_MS);
  }
  return false;
}

function refuse(options: ServerOptions, recent: readonly string[]): never {
  const problem = recent.find((line) => /^(FATAL|PANIC)/.test(line)) ?? recent.at(-1) ?? 'it said nothing';
  throw new StartupError(`PostgreSQL does not start on ${options.cluster}: ${problem.replace(/\s+/g, ' ')}`);
}

/** One attempt. Undefined while processes of a killed predecessor still hold its memory. */
async function attempt(options: ServerOptions): Promise<Server | undefined> {
  const { cluster, identity, log } = options;
  const socket = chooseSocketDir(cluster, identity.uid, identity.gid);
  let phase: 'starting' | 'running' | 'stopping' = 'starting';
  const onLine = (line: string): void => {
    if (phase === 'running' || line.includes('not properly shut down')) log(`postgres: ${line}`);
  };
  const leftover = socket.temporary ? socket.path : '';
  const kept = await startKept(identity, command(options, socket.path), onLine, leftover);
  const ready = await waitUntilReady(kept, options).catch(async (error: unknown) => {
    await kept.stop(STOP_PATIENCE_MS);
    throw error;
  });
  if (!ready) {
    if (kept.recent.some((line) => line.includes('pre-existing shared memory block'))) return undefined;
    refuse(options, kept.recent);
  }
  phase = 'running';
  kept.unref();
  const failed = new Promise<string>((resolve) => {
    void kept.ended.then((status) => {
      if (phase !== 'running') return;
      const line = `PostgreSQL on ${cluster} ended by itself with status ${status}: start Frontdesk again, it will recover`;
      log(line);
      resolve(line);
    });
  });
  return {
    socketDir: socket.path,
    failed,
    stop: async () => {
      phase = 'stopping';
      await kept.stop(STOP_PATIENCE_MS);
    },
  };
}

/** Starts the server and waits until it takes connections, however long a recovery lasts. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const end = Date.now() + ORPHANS_MS;
  for (;;) {
    const server = await attempt(options);
    if (server) return server;
    if (Date.now() > end) {
      throw new StartupError(
        `processes of an earlier PostgreSQL on ${options.cluster} do not end: end them, then start again`,
      );
    }
    await delay(200);
  }
}
