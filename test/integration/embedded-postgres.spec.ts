import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { startKept } from '../../src/operations/embedded-postgres/keeper.js';
import { findProcess, waitUntilGone } from '../../src/operations/embedded-postgres/processes.js';
import { StartupError } from '../../src/platform/errors/startup-error.js';
import { answerOf, kill, postmaster, query, remember, remembered, Trial } from '../support/embedded.js';

const trial = new Trial();
let dataDir: string;

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StartupError);
  const { message } = error as StartupError;
  expect(message).not.toContain('\n');
  return message;
}

function relatives(pid: number): number[] {
  const parent = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
  const siblings = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  return [parent, ...siblings.filter((sibling) => sibling !== pid)];
}

afterEach(() => trial.sweep());
afterAll(() => trial.leave());

describe('an embedded PostgreSQL', () => {
  beforeAll(() => {
    dataDir = join(trial.folder(), 'not', 'there', 'yet');
  });

  it('makes a missing data directory, the roles and the database, and keeps data over a stop', async () => {
    const first = await trial.start(dataDir);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(first.url).toContain('user=frontdesk_owner');
    await query(first.url, 'CREATE EXTENSION pg_trgm');
    await remember(first.url);
    await expect(query(first.appUrl, 'SELECT at FROM memory')).rejects.toThrow(
      'permission denied for table memory',
    );
    await expect(query(first.appUrl, 'CREATE TABLE mine ()')).rejects.toThrow(
      'permission denied for schema public',
    );
    const pid = postmaster(dataDir);
    await Promise.all([first.stop(), first.stop()]);
    expect(findProcess(pid)).toBeUndefined();
    expect(existsSync(join(dataDir, 'frontdesk.pid'))).toBe(false);

    const second = await trial.start(dataDir);
    expect(await remembered(second.url)).toBe(1);
    expect(await query(second.url, `SELECT show_trgm('Łukasz')`)).not.toEqual([{ show_trgm: [] }]);
  });

  it('compares text alike on every machine and listens on no network', async () => {
    const { adminUrl } = await trial.start(dataDir);
    expect(
      await query(
        adminUrl,
        `SELECT datlocprovider, datlocale, current_setting('listen_addresses') AS network,
                current_setting('data_checksums') AS checksums, current_setting('timezone') AS zone
         FROM pg_database WHERE datname = 'frontdesk'`,
      ),
    ).toEqual([{ datlocprovider: 'b', datlocale: 'C.UTF-8', network: '', checksums: 'on', zone: 'UTC' }]);
  });

  it('refuses a second application in one line that names the first', async () => {
    await trial.start(dataDir);
    expect(await refusal(trial.start(dataDir))).toBe(
      `${dataDir} is in use by another Frontdesk, process ${process.pid}: ` +
        `stop that one, or set DATA_DIR to another folder`,
    );
    const late = await answerOf(trial.application(dataDir));
    expect(late.message).toContain(`in use by another Frontdesk, process ${process.pid}`);
    expect(late.name).toBe('StartupError');
  });

  it('takes over from an owner whose process id went to another program', async () => {
    writeFileSync(join(dataDir, 'frontdesk.pid'), `${process.pid} an-earlier-boot/1\n`);
    const server = await trial.start(dataDir);
    expect(await remembered(server.url)).toBe(1);
  });

  it('recovers after kill -9 of the postmaster', async () => {
    const server = await trial.start(dataDir);
    await remember(server.url);
    process.kill(postmaster(dataDir), 'SIGKILL');
    while (!trial.logged.join().includes('ended by itself')) await delay(5);
    await server.stop();
    expect(await remembered((await trial.start(dataDir)).url)).toBe(2);
    expect(trial.logged.join()).toContain('not properly shut down');
  });

  it('waits for the backends of a postmaster that was killed', async () => {
    const server = await trial.start(dataDir);
    const client = new Client({ connectionString: server.adminUrl });
    client.on('error', () => undefined);
    await client.connect();
    const backend = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]
      ?.pid as number;
    process.kill(backend, 'SIGSTOP');
    process.kill(postmaster(dataDir), 'SIGKILL');
    await server.stop();
    setTimeout(() => process.kill(backend, 'SIGCONT'), 500);
    expect(await remembered((await trial.start(dataDir)).url)).toBe(2);
    await client.end();
  });

  it('is named in the failure when it cannot start', async () => {
    await expect(trial.start(dataDir, { shared_buffers: 'plenty' })).rejects.toThrow(
      /^PostgreSQL does not start on .*postgres: FATAL: .*shared_buffers/,
    );
    await trial.start(dataDir);
  });

  it('refuses a cluster of another major version, and files that are no cluster', async () => {
    const cluster = join(trial.folder(), 'postgres');
    mkdirSync(cluster);
    writeFileSync(join(cluster, 'something'), '');
    expect(await refusal(trial.start(join(cluster, '..')))).toContain(
      'holds files but no PostgreSQL cluster',
    );
    writeFileSync(join(cluster, 'PG_VERSION'), '17\n');
    expect(await refusal(trial.start(join(cluster, '..')))).toContain(
      'was made by PostgreSQL 17 and this release carries 18',
    );
  });

  it('puts the socket elsewhere when its path would be too long, and removes that folder', async () => {
    const server = await trial.start(join(trial.folder(), 'y'.repeat(100)));
    expect(server.socketDir).toMatch(/^\/tmp\/frontdesk-/);
    expect(statSync(server.socketDir).mode & 0o777).toBe(0o700);
    await remember(server.url);
    await server.stop();
    expect(existsSync(server.socketDir)).toBe(false);
  });

  it('takes a path with every sign that a URL or a setting could trip over', async () => {
    const server = await trial.start(join(trial.folder(), `a b%20,c'd"e+ü?#`));
    await remember(server.appUrl.replace('user=frontdesk&', 'user=frontdesk_owner&'));
    expect(await remembered(server.url)).toBe(1);
  });
});

describe('an embedded PostgreSQL whose application', () => {
  beforeAll(() => {
    dataDir = trial.folder();
  });

  it('is killed with -9 ends at once, and its successor finds everything', async () => {
    const { url, child } = await answerOf(trial.application(dataDir));
    await remember(url);
    const pid = postmaster(dataDir);
    await kill(child);
    expect(await waitUntilGone(pid, 2_000)).toBe(true);
    expect(await remembered((await trial.start(dataDir)).url)).toBe(1);
  });

  it('is killed with -9 leaves the directory to a successor that starts in the same instant', async () => {
    const { child } = await answerOf(trial.application(dataDir));
    const pid = postmaster(dataDir);
    await kill(child);
    const server = await trial.start(dataDir);
    expect(findProcess(pid)).toBeUndefined();
    expect(await remembered(server.url)).toBe(1);
  });

  it('is killed together with the keeper has its server stopped by the successor', async () => {
    const { url, child } = await answerOf(trial.application(dataDir));
    await remember(url);
    const pid = postmaster(dataDir);
    // Held still: an application that sees its keeper die stops the server itself.
    process.kill(child.pid as number, 'SIGSTOP');
    for (const relative of relatives(pid)) process.kill(relative, 'SIGKILL');
    await kill(child);
    expect(findProcess(pid)).toBeDefined();
    const server = await trial.start(dataDir);
    expect(findProcess(pid)).toBeUndefined();
    expect(trial.logged.join()).toContain(`stopping PostgreSQL, process ${pid}, left on`);
    expect(await remembered(server.url)).toBe(2);
  });

  it('gets Ctrl-C is not stopped with it, and knows nothing of its secrets', async () => {
    const { url, child } = await answerOf(trial.application(dataDir));
    const pid = postmaster(dataDir);
    process.kill(-(child.pid as number), 'SIGINT');
    await delay(300);
    expect(await remembered(url)).toBe(2);
    expect(postmaster(dataDir)).toBe(pid);
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('DATABASE_SECRET');
  });

  it('starts twice at once on a new directory runs once', async () => {
    const shared = trial.folder();
    const answers = await Promise.all([
      answerOf(trial.application(shared)),
      answerOf(trial.application(shared)),
    ]);
    expect(answers.filter(({ url }) => url)).toHaveLength(1);
    expect(answers.find(({ message }) => message)?.message).toContain('is in use by another Frontdesk');
  });

  it('is killed in its first initdb leaves nothing that the next start takes for a cluster', async () => {
    const fresh = trial.folder();
    const child = trial.application(fresh);
    const unfinished = (): string[] => readdirSync(fresh).filter((name) => name.startsWith('postgres.new-'));
    while (!unfinished().some((name) => existsSync(join(fresh, name, 'PG_VERSION')))) await delay(2);
    await kill(child);
    expect(existsSync(join(fresh, 'postgres'))).toBe(false);
    await remember((await trial.start(fresh)).url);
    expect(unfinished()).toEqual([]);
  });
});

describe('the keeper', () => {
  const ourselves = { uid: 0, gid: 0, prefix: [] };

  it('sends QUIT to a program that INT does not end', async () => {
    const stubborn = `
      process.on('SIGINT', () => 0);
      process.on('SIGQUIT', () => process.exit());
      setInterval(() => 0, 60_000);
      console.log('ready');`;
    let ready = (): void => undefined;
    const isReady = new Promise<void>((resolve) => (ready = resolve));
    const kept = await startKept(ourselves, [process.execPath, '-e', stubborn], () => ready());
    await isReady;
    await kept.stop(200);
    expect(findProcess(kept.pid)).toBeUndefined();
  });
});

describe('a process', () => {
  it('counts as gone when only its parent has not noticed yet', async () => {
    const parent = spawn('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 60']);
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const zombie = Number(line);
    expect(await waitUntilGone(zombie, 2_000)).toBe(true);
    expect(process.kill(zombie, 0)).toBe(true);
    await kill(parent);
  });
});
