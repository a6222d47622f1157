import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chooseIdentity } from '../../src/operations/embedded-postgres/identity.js';
import { findProcess } from '../../src/operations/embedded-postgres/processes.js';
import {
  answerOf,
  asOrdinaryUser,
  isRoot,
  kill,
  libraryLinks,
  ordinaryUid,
  postmaster,
  query,
  remember,
  Trial,
} from '../support/embedded.js';

const trial = new Trial();

afterEach(() => trial.sweep());
afterAll(() => trial.leave());

describe('an embedded PostgreSQL of an ordinary user', () => {
  let ordinary: string;

  beforeAll(() => {
    ordinary = join(trial.folder(), 'var');
  });

  it('runs as that user and mends the library links that npm does not unpack', async () => {
    const { url } = await answerOf(trial.application(ordinary, asOrdinaryUser));
    await query(url, 'SELECT 1');
    expect(statSync(`/proc/${postmaster(ordinary)}`).uid).toBe(ordinaryUid);
    expect(libraryLinks(trial.home).filter((link) => lstatSync(link).isSymbolicLink())).toHaveLength(14);
  });

  it('is refused a directory it cannot write to, in one line with path and user', async () => {
    const closed = join(trial.folder(), 'closed');
    mkdirSync(closed, { mode: 0o555 });
    const { name, message } = await answerOf(trial.application(closed, asOrdinaryUser));
    expect(name).toBe('StartupError');
    expect(message).not.toContain('\n');
    expect(message).toContain(`cannot write to the data directory ${closed} as user `);
  });

  it('starts when the id in a killed postmaster file went to another program', async () => {
    const other = spawn(
      [...asOrdinaryUser, 'sleep', '60'][0] as string,
      [...asOrdinaryUser, 'sleep', '60'].slice(1),
    );
    writeFileSync(
      join(ordinary, 'postgres', 'postmaster.pid'),
      `${other.pid}\n${ordinary}/postgres\n0\n5432\n`,
    );
    const { url } = await answerOf(trial.application(ordinary, asOrdinaryUser));
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(findProcess(other.pid as number)).toBeDefined();
    await kill(other);
  });
});

const whenRoot = isRoot ? describe : undefined;

whenRoot?.('an embedded PostgreSQL that root starts', () => {
  it('runs as nobody under a directory that only root may enter, and takes nothing but postgres/', async () => {
    const closed = trial.closedFolder();
    const inside = join(closed, 'var');
    const server = await trial.start(inside);
    await remember(server.url);
    expect(statSync(`/proc/${postmaster(inside)}`).uid).toBe(65534);
    expect(statSync(inside).uid).toBe(0);
    expect(statSync(join(inside, 'postgres')).uid).toBe(65534);
  });

  it('runs as the owner of DATA_DIR without any capability where that suffices', async () => {
    const { child } = await answerOf(trial.application(trial.folder()));
    const pid = postmaster(child.spawnargs.at(-1) as string);
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^CapEff:\t0+$/m);
  });

  it('runs in a user namespace when root may not change its user', async () => {
    const path = trial.closedFolder();
    const { url } = await answerOf(
      trial.application(path, ['setpriv', '--bounding-set=-setuid,-setgid,-dac_override,-fowner']),
    );
    await remember(url);
    expect(statSync(join(path, 'postgres')).uid).toBe(0);
  });

  it('is refused in one line when no user can run it', async () => {
    const path = trial.folder();
    await expect(chooseIdentity(path, path, '/not/there/postgres')).rejects.toThrow(
      /^cannot run the embedded PostgreSQL \/not\/there\/postgres on .* as uid 65534, and it refuses to be root [^\n]*$/,
    );
  });
});
