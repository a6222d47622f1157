import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { type Config, loadConfig } from '../../config/env.js';
import { createApp } from '../../src/app/create-app.js';
import { Database } from '../../src/platform/database/database.js';
import { JobWorker } from '../../src/platform/jobs/job.worker.js';
import { configureLog } from '../../src/platform/log/log.js';
import { openDataSource } from '../../src/process/serve.js';
import { createFirstUsers } from '../../src/users/first-users.js';
import { UserService } from '../../src/users/user.service.js';
import { cloneDatabase, type TestDatabase } from './database.js';

export const PASSWORD = 'Correct-Horse-7';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body of a JSON answer. Tests look into it freely, so its shape is left open. */
  body: Body;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- an answer is whatever the server sent; each test asserts the part it reads.
type Body = any;

interface Ask {
  /** A username whose token is sent, or a token itself. */
  as?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** One running instance. */
export interface Instance {
  app: NestFastifyApplication;
  config: Config;
  url: string;
  ask(method: string, path: string, options?: Ask): Promise<Answer>;
  stop(): Promise<void>;
}

/** A whole installation for one spec file: a database of its own, and as many instances as the test wants. */
export interface Desk extends Instance {
  testDatabase: TestDatabase;
  database: Database;
  dataDir: string;
  /** Signs in once for each username and keeps the token. */
  token(username: string, password?: string): Promise<string>;
  /** Signs in anew. */
  signIn(username: string, password?: string): Promise<Answer>;
  /** A second instance on the same database and under the same PUBLIC_URL. @param port of one that is no more. */
  another(port?: number): Promise<Instance>;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();

/**
 * Starts an installation with the users admin, manager and support, all with PASSWORD.
 * @param environment variables over the defaults of a test.
 * @param options worker: whether instances run jobs as they come; without it a test says when, by `runJobs`.
 */
export async function openDesk(
  environment: Record<string, string> = {},
  { worker = false }: { worker?: boolean } = {},
): Promise<Desk> {
  const testDatabase = await cloneDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), 'desk-'));
  const tokens = new Map<string, Promise<string>>();
  const running: { stop(): Promise<void> }[] = [];
  const pools: DataSource[] = [];

  const freshToken = async (username: string, password: string): Promise<string> => {
    const answer = await signIn(username, password);
    if (answer.status !== 200) throw new Error(`${username} cannot sign in: ${answer.status} ${answer.text}`);
    return String(answer.body.access_token);
  };

  /** Whoever asks meanwhile waits for the same one: many sign-ins at once are a flood. */
  const token = (username: string, password = PASSWORD): Promise<string> => {
    const known = tokens.get(username);
    if (known !== undefined) return known;
    const fresh = freshToken(username, password);
    tokens.set(username, fresh);
    fresh.catch(() => tokens.delete(username));
    return fresh;
  };

  const start = async (publicUrl?: string, at?: number): Promise<Instance> => {
    const port = at ?? (await freePort());
    const config = loadConfig({
      DATABASE_URL: testDatabase.appUrl,
      DATABASE_OWNER_URL: testDatabase.ownerUrl,
      DATA_DIR: dataDir,
      PORT: String(port),
      LOG_LEVEL: 'silent',
      BOOTSTRAP_PASSWORD: PASSWORD,
      INSTANCE_ID: `test:${port}`,
      ...(publicUrl === undefined ? {} : { PUBLIC_URL: publicUrl }),
      ...environment,
    });
    configureLog(config.logLevel, config.instanceId);
    const dataSource = await openDataSource(config, testDatabase.appUrl);
    pools.push(dataSource);
    running.push({ stop: async () => (dataSource.isInitialized ? dataSource.destroy() : undefined) });
    const app = await createApp(config, dataSource);
    const stop = async (): Promise<void> => {
      await app.close();
      if (dataSource.isInitialized) await dataSource.destroy();
    };
    running.push({ stop });
    await createFirstUsers(config, new Database(dataSource), app.get(UserService));
    await app.getHttpAdapter().getInstance().listen({ host: '127.0.0.1', port });
    if (worker) app.get(JobWorker).start();
    const url = `http://127.0.0.1:${port}`;
    return {
      app,
      config,
      url,
      ask: async (method, path, { as, body, headers = {} } = {}) => {
        const isText = typeof body === 'string' || body instanceof Uint8Array;
        const response = await fetch(`${url}${path}`, {
          method,
          redirect: 'manual',
          headers: {
            ...(as === undefined
              ? {}
              : { authorization: `Bearer ${as.length > 100 ? as : await token(as)}` }),
            ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: isText ? (body as string) : JSON.stringify(body) }),
        });
        const text = await response.text();
        const isJson = /json/.test(response.headers.get('content-type') ?? '');
        return {
          status: response.status,
          headers: response.headers,
          text,
          body: isJson && text !== '' ? JSON.parse(text) : undefined,
        };
      },
      stop,
    };
  };

  /** What was opened last is closed first. */
  const close = async (): Promise<void> => {
    for (const opened of running.reverse()) await opened.stop();
    await testDatabase.drop();
    rmSync(dataDir, { recursive: true, force: true });
  };

  const first = await start().catch(async (cause: unknown) => {
    // What goes on behind a set-up that failed would end the whole run, and hide the cause.
    await close();
    throw cause;
  });
  const signIn = (username: string, password = PASSWORD): Promise<Answer> =>
    first.ask('POST', '/api/v1/token', {
      body: form({ grant_type: 'password', username, password }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  return {
    ...first,
    testDatabase,
    dataDir,
    database: new Database(pools[0] as DataSource),
    token,
    signIn,
    another: (port) => start(first.config.publicUrl, port),
    close,
  };
}

/** Makes a user through the API. */
export async function makeUser(
  desk: Desk,
  username: string,
  fields: Record<string, unknown> = {},
): Promise<{ id: number }> {
  const answer = await desk.ask('POST', '/api/v1/users', {
    as: 'admin',
    body: {
      username,
      password: PASSWORD,
      first_name: username,
      last_name: 'Test',
      roles: ['support'],
      ...fields,
    },
  });
  if (answer.status !== 201) throw new Error(`${username} was not made: ${answer.text}`);
  return answer.body as { id: number };
}

/** Makes an employee through the API. */
export async function makeEmployee(
  desk: Desk,
  fields: Record<string, unknown> = {},
): Promise<{ id: number }> {
  const answer = await desk.ask('POST', '/api/v1/employees', {
    as: 'admin',
    body: {
      first_name: 'Amara',
      last_name: 'Okafor',
      email: `amara.${Math.random()}@example.org`,
      ...fields,
    },
  });
  if (answer.status !== 201) throw new Error(`the employee was not made: ${answer.text}`);
  return answer.body as { id: number };
}
