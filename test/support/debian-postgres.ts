import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import pg from 'pg';
import { freePort } from './server.js';

const DEBIAN = '/usr/lib/postgresql';

const binaries = (existsSync(DEBIAN) ? readdirSync(DEBIAN) : [])
  .map((version) => join(DEBIAN, version, 'bin'))
  .filter((path) => existsSync(join(path, 'initdb')) && existsSync(join(path, 'pg_dump')))
  .at(-1);

/** pg_dump is the system's, and so must the server be; without them these tests are skipped, which .ci/run does not forgive. */
export const onDebiansPostgres = binaries === undefined ? describe.skip : describe;

const PASSWORD = 'p@ss word/7';

/** A server of the system's PostgreSQL, with the two roles of an installation, which have passwords. */
export class DebianPostgres {
  private readonly home = mkdtempSync(join(tmpdir(), 'debian-postgres-'));
  private databases = 0;

  private constructor(private readonly port: string) {}

  static async start(): Promise<DebianPostgres> {
    const server = new DebianPostgres(await freePort());
    chmodSync(server.home, 0o755);
    if (server.asPostgres.length > 0) {
      const uid = Number(execFileSync('id', ['-u', 'postgres']));
      chownSync(server.home, uid, uid);
    }
    const words = ['-D', server.data, '-U', 'postgres', '--auth-local=trust', '--auth-host=scram-sha-256'];
    server.run('initdb', ...words, '-E', 'UTF8', '--locale=C.UTF-8', '-N');
    const settings = `-p ${server.port} -k ${server.home} -c listen_addresses=127.0.0.1 -c fsync=off`;
    server.run('pg_ctl', '-D', server.data, '-w', '-l', join(server.home, 'log'), '-o', settings, 'start');
    await server.asAdmin(`CREATE ROLE frontdesk_owner LOGIN PASSWORD '${PASSWORD}'`);
    await server.asAdmin(`CREATE ROLE frontdesk LOGIN PASSWORD '${PASSWORD}'`);
    return server;
  }

  private get data(): string {
    return join(this.home, 'data');
  }

  /** PostgreSQL does not run as root. */
  private get asPostgres(): string[] {
    return userInfo().uid === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  }

  private run(program: string, ...words: string[]): void {
    const [first = '', ...rest] = [...this.asPostgres, join(binaries as string, program), ...words];
    execFileSync(first, rest, { stdio: 'ignore', cwd: '/' });
  }

  async asAdmin(text: string, database = 'postgres'): Promise<void> {
    const client = new pg.Client({ host: this.home, port: Number(this.port), user: 'postgres', database });
    await client.connect();
    await client.query(text);
    await client.end();
  }

  /** A new database without any table, as an application finds it. */
  async database(): Promise<{ DATABASE_URL: string; DATABASE_OWNER_URL: string }> {
    this.databases += 1;
    const name = `desk_${this.databases}`;
    await this.asAdmin(`CREATE DATABASE ${name} OWNER frontdesk_owner`);
    const url = (role: string) =>
      `postgres://${role}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${this.port}/${name}`;
    return { DATABASE_URL: url('frontdesk'), DATABASE_OWNER_URL: url('frontdesk_owner') };
  }

  stop(): void {
    this.run('pg_ctl', '-D', this.data, '-m', 'immediate', 'stop');
    rmSync(this.home, { recursive: true, force: true });
  }
}
