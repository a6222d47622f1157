import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { call, type Called, type CallOptions } from './call.js';

export const ROOT = join(import.meta.dirname, '..', '..');
const MAIN = join(ROOT, 'dist/src/main.js');
const READY_MS = 25_000;

const folders: string[] = [];

/** A new folder, removed by `cleanUp`. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'frontdesk-process-'));
  folders.push(path);
  return path;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

/** The machine is shared with other tests: what never comes is given up much later than what comes late. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 10_000,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`it did not come to pass within ${ms} ms: ${look.toString()}`);
    await delay(20);
  }
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface LaunchOptions {
  /** The program and its first words instead of the built server. */
  command?: readonly string[];
  /** Command words in front, which change who runs it. */
  prefix?: readonly string[];
  /** In a process group of its own, so that a signal can be sent to the whole group. */
  detached?: boolean;
  stdio?: StdioOptions;
}

/** Each with the id that a signal must go to: minus its own for a whole group. */
const launched = new Map<ChildProcess, number>();

/** What V8 makes of our program is kept for the next process: the tests start several hundred. */
export const COMPILED_ONCE = { NODE_COMPILE_CACHE: join(tmpdir(), 'frontdesk-test-compile-cache') };

/** A process as an operator starts it, with nothing of our own environment but PATH. */
export class ServerProcess {
  readonly child: ChildProcess;
  readonly began = performance.now();
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;
  /** Milliseconds from the launch to the first 200 of /health/ready. */
  startedIn = 0;

  constructor(
    readonly environment: Record<string, string>,
    {
      command = [process.execPath, MAIN],
      prefix = [],
      detached = false,
      stdio = ['ignore', 'pipe', 'pipe'],
    }: LaunchOptions = {},
  ) {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run npm run build first`);
    const [first = '', ...rest] = [...prefix, ...command];
    this.child = spawn(first, rest, {
      cwd: ROOT,
      detached,
      stdio,
      env: { PATH: process.env.PATH, ...COMPILED_ONCE, ...environment },
    });
    launched.set(this.child, detached ? -this.pid : this.pid);
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      launched.delete(this.child);
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The lines of the log; the text for people stands between them. */
  get logged(): Record<string, unknown>[] {
    return this.stdout
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** How this server is reached: a path of a Unix socket, or a port. */
  get place(): { socketPath: string } | { port: number } {
    const { SOCKET_PATH, PORT } = this.environment;
    return SOCKET_PATH === undefined ? { port: Number(PORT) } : { socketPath: SOCKET_PATH };
  }

  call(method: string, path: string, options: CallOptions = {}): Promise<Called> {
    const { PUBLIC_URL } = this.environment;
    const host: Record<string, string> = PUBLIC_URL === undefined ? {} : { host: new URL(PUBLIC_URL).host };
    return call(this.place, method, path, { ...options, headers: { ...host, ...options.headers } });
  }

  signIn(username: string, password: string): Promise<Called> {
    const body = new URLSearchParams({ grant_type: 'password', username, password }).toString();
    return this.call('POST', '/api/v1/token', {
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  }

  async token(username: string, password: string): Promise<string> {
    const { status, text, body } = await this.signIn(username, password);
    if (status !== 200) throw new Error(`${username} cannot sign in: ${status} ${text}`);
    return String(body.access_token);
  }

  async ready(): Promise<this> {
    await until(async () => {
      if (this.hasEnded)
        throw new Error(`the server ended: ${this.child.exitCode ?? this.child.signalCode}\n${this.stderr}`);
      return this.call('GET', '/health/ready').then(
        ({ status }) => status === 200,
        () => false,
      );
    }, READY_MS);
    this.startedIn = Math.round(performance.now() - this.began);
    return this;
  }

  /** Sends the signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended & { ms: number }> {
    const began = performance.now();
    if (!this.hasEnded) this.child.kill(signal);
    return { ...(await this.ended), ms: Math.round(performance.now() - began) };
  }
}

/** Starts a server and waits until it is ready; one that is not in time is ended, for jest waits for every child. */
export async function startServer(
  environment: Record<string, string>,
  options?: LaunchOptions,
): Promise<ServerProcess> {
  const server = new ServerProcess(environment, options);
  try {
    return await server.ready();
  } catch (error) {
    await server.stop('SIGKILL');
    throw error;
  }
}

/** A start that must fail: waits for its end. */
export async function refusedStart(
  environment: Record<string, string>,
  options?: LaunchOptions,
): Promise<Ended & { stdout: string; stderr: string; lines: string[] }> {
  const server = new ServerProcess(environment, options);
  // One that is not refused ends with 0, which the test sees.
  const tooLate = setTimeout(() => server.child.kill('SIGTERM'), READY_MS);
  const ended = await server.ended;
  clearTimeout(tooLate);
  const { stdout, stderr } = server;
  return { ...ended, stdout, stderr, lines: stderr.split('\n').filter((line) => line !== '') };
}

/** For afterAll: ends what a failed test has left, gently, so that an embedded PostgreSQL ends as well. */
export async function cleanUp(): Promise<void> {
  for (const [child, id] of [...launched]) {
    const gone = once(child, 'close');
    process.kill(id, 'SIGTERM');
    await gone;
  }
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
}
