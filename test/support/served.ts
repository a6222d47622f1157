import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/operations/embedded-postgres/index.js';
import { PASSWORD } from './desk.js';
import { postmaster } from './embedded.js';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'src', 'main.js');
const START_MS = 30_000;

/** One built application in a process of its own. */
export interface Served {
  url: string;
  /** The lines that it wrote on its standard output. */
  lines: string[];
  /** Whether it is still the process that was started. */
  lives(): boolean;
}

/** Processes on a PostgreSQL of their own, with default durability, that can be ended at any moment. */
export interface ServedInstallation {
  processes: readonly Served[];
  /** Rows of one statement, as the owner of the schema; on a connection of its own. */
  sql: <Row>(text: string, values?: unknown[]) => Promise<Row[]>;
  /** A connection as the owner of the schema, for the caller to end. */
  connect(): Promise<pg.Client>;
  killDatabase(): void;
  /** Starts the database again, after it was ended in whatever way. */
  startDatabase(): Promise<void>;
  /** Ends it in an orderly way. */
  stopDatabase(): Promise<void>;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function waitUntilReady(url: string, child: ChildProcess): Promise<void> {
  const end = Date.now() + START_MS;
  for (;;) {
    const ready = await fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    if (child.exitCode !== null || Date.now() > end)
      throw new Error(`dist/src/main.js is not ready: ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** @param count how many processes, all under the PUBLIC_URL of the first. */
export async function serveInstallation(count: number): Promise<ServedInstallation> {
  const dataDir = mkdtempSync(join(tmpdir(), 'served-'));
  const databaseDir = join(dataDir, 'database');
  const startServer = (): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({ dataDir: databaseDir, log: () => undefined });
  let database = await startServer();
  const children: ChildProcess[] = [];
  const processes: Served[] = [];

  const start = async (): Promise<void> => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const child = spawn(process.execPath, [MAIN], {
      env: {
        PATH: process.env.PATH,
        PORT: String(port),
        PUBLIC_URL: processes[0]?.url ?? url,
        DATABASE_URL: database.appUrl,
        DATABASE_OWNER_URL: database.url,
        DATA_DIR: dataDir,
        BOOTSTRAP_PASSWORD: PASSWORD,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    processes.push({ url, lines, lives: () => child.exitCode === null && child.signalCode === null });
    await waitUntilReady(url, child);
  };
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    return client;
  };
  const close = async (): Promise<void> => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
    }
    await database.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    for (let index = 0; index < count; index += 1) await start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    processes,
    sql: async <Row>(text: string, values: unknown[] = []) => {
      const client = await connect();
      try {
        return (await client.query(text, values)).rows as Row[];
      } finally {
        await client.end();
      }
    },
    connect,
    killDatabase: () => process.kill(postmaster(databaseDir), 'SIGKILL'),
    startDatabase: async () => {
      await database.stop();
      database = await startServer();
    },
    stopDatabase: () => database.stop(),
    close,
  };
}
