import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../../src/cli/program.js';
import { keepInitialPasswords } from '../../src/users/initial-passwords.js';
import { type Desk, openDesk, PASSWORD } from '../support/desk.js';

const readme = readFileSync('README.md', 'utf8');

const section = (title: string): string =>
  readme.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';

/** The first cells of a section's table, each name in backticks. */
const namesIn = (title: string): string[] =>
  section(title)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) =>
      [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name as string),
    );

describe('the curl lines of the README', () => {
  let desk: Desk;
  let home: string;

  beforeAll(async () => {
    desk = await openDesk();
    home = mkdtempSync(join(tmpdir(), 'readme-'));
    mkdirSync(join(home, 'var'));
    await keepInitialPasswords(join(home, 'var'), [
      { username: 'admin', password: 'not this one' },
      { username: 'manager', password: PASSWORD },
    ]);
  });

  afterAll(async () => {
    rmSync(home, { recursive: true, force: true });
    await desk.close();
  });

  /** Pastes the lines into a shell. */
  async function paste(lines: string): Promise<{ code: number | null; output: string; complaints: string }> {
    const shell = spawn('bash', ['-eu', '-o', 'pipefail', '-c', lines], {
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let complaints = '';
    shell.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    shell.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
    const code = await new Promise<number | null>((resolve) => shell.once('close', resolve));
    return { code, output, complaints };
  }

  it('work when they are pasted', async () => {
    const block = /```sh\n([^]*?)```/.exec(readme)?.[1] ?? '';
    expect(block.match(/\bcurl /g)).toHaveLength(5);
    expect(block).toContain('http://127.0.0.1:3000/');
    const { code, output, complaints } = await paste(block.replaceAll('http://127.0.0.1:3000', desk.url));
    expect({ code, complaints }).toEqual({ code: 0, complaints: '' });
    const [ticket, history] = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(ticket).toMatchObject({ title: 'Laptop does not start', status: 'resolved', employee_id: 1 });
    expect(history.items.map(({ action }: { action: string }) => action)).toEqual([
      'ticket.update',
      'ticket.create',
    ]);
    const again = await paste(block.replaceAll('http://127.0.0.1:3000', desk.url));
    expect(JSON.parse(again.output.split('\n')[0] as string)).toMatchObject({
      id: 2,
      status: 'resolved',
      employee_id: 1,
    });
  }, 60_000);
});

describe('what the README says', () => {
  it('names every variable of the environment that there is, and no other', () => {
    const source = readFileSync('config/env.ts', 'utf8');
    const known = [...source.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name as string);
    // These belong to systemd.
    const told = [...known.filter((name) => !['LISTEN_FDS', 'LISTEN_PID'].includes(name)), 'CONFIG_DIR'];
    expect(
      namesIn('Configuration')
        .filter((name) => /^[A-Z_]+$/.test(name))
        .sort(),
    ).toEqual(told.sort());
  });

  it('names commands that there are', async () => {
    const commands = namesIn('Operator commands');
    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) {
      const stdout = new PassThrough();
      const code = await runCommand([...command.split(' '), '--help'], {
        stdin: new PassThrough(),
        stdout,
        stderr: new PassThrough(),
        environment: {},
        exitCode: 0,
      });
      expect([command, code, String(stdout.read()).split('\n')[0]]).toEqual([
        command,
        0,
        expect.stringContaining(`frontdesk ${command}`),
      ]);
    }
  });

  it('names scripts and files that there are', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const [, name] of readme.matchAll(/npm run ([a-z:]+)/g))
      expect(Object.keys(scripts)).toContain(name);
    const links = [...readme.matchAll(/\]\((?!http)([^)]+)\)/g)].map(([, path]) => path as string);
    const paths = [...readme.matchAll(/`((?:src|config|migrations|test|\.ci)\/[\w./-]+)`/g)].map(
      ([, path]) => path as string,
    );
    const invented = paths.filter((path) => /\/things?[./]/.test(path));
    for (const path of [...links, ...paths])
      if (!invented.includes(path)) expect([path, existsSync(path)]).toEqual([path, true]);
  });
});
