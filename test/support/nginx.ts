import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { describe } from '@jest/globals';
import { call, type Called, type CallOptions } from './call.js';
import { runCli } from './cli.js';
import { cloneDatabase, type TestDatabase } from './database.js';
import { cleanUp, folder, freePort, ROOT, type ServerProcess, startServer, until } from './server.js';

const NGINX = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/sbin/nginx'].find((path) => existsSync(path));

/** nginx is a package of the system; without it these tests are skipped, which .ci/run does not forgive. */
export const behindNginx = NGINX === undefined ? describe.skip : describe;

export const DOMAIN = 'desk.example.org';
const PASSWORD = 'Correct-Horse-7';

/** A name and how a client arrives there. */
export interface Through {
  /** What the TLS handshake names; '' for nothing. */
  servername?: string;
  /** The Host header; default: the domain with its port. */
  host?: string;
  /** Of this machine; default 127.0.0.1. */
  address?: string;
  /** What the TLS handshake offers to speak; default: nothing, so HTTP/1.1. */
  protocols?: string[];
}

const isRoot = process.getuid?.() === 0;

/** A real nginx with our configuration, in front of real instances on Unix sockets, on ports of the loopback. */
export class Front {
  readonly instances: ServerProcess[] = [];
  private nginx: ChildProcess | undefined;
  complaints = '';

  private constructor(
    readonly home: string,
    readonly ports: { http: string; https: string; metrics: string },
    readonly environment: Record<string, string>,
    private readonly database: TestDatabase,
  ) {}

  /** @param domains beside DOMAIN. */
  static async open({ instances = 2, domains = [] as string[], environment = {} } = {}): Promise<Front> {
    const home = folder();
    const ports = { http: await freePort(), https: await freePort(), metrics: await freePort() };
    const database = await cloneDatabase();
    const front = new Front(
      home,
      ports,
      {
        ...{
          DATABASE_URL: database.appUrl,
          DATABASE_OWNER_URL: database.ownerUrl,
          DATA_DIR: join(home, 'data'),
        },
        ...{ PUBLIC_URL: `https://${DOMAIN}:${ports.https}`, BOOTSTRAP_PASSWORD: PASSWORD },
        ...environment,
      },
      database,
    );
    try {
      for (const name of ['run', 'log', 'acme', 'temporary']) mkdirSync(join(home, name));
      front.makeCertificate('site', DOMAIN, ...domains);
      front.makeCertificate('selfsigned', 'localhost', '127.0.0.1', '::1');
      for (let number = 1; number <= instances; number += 1) await front.startInstance(number);
      await front.configure(instances, domains);
      await front.startNginx();
      return front;
    } catch (error) {
      await front.close();
      throw error;
    }
  }

  makeCertificate(name: string, ...names: string[]): void {
    const environment = { PATH: process.env.PATH, TLS_DIR: join(this.home, 'tls'), NAME: name };
    execFileSync(join(ROOT, 'deploy/tls/selfsigned.sh'), names, { env: environment, stdio: 'pipe' });
  }

  certificate(name: 'site' | 'selfsigned'): string {
    return readFileSync(join(this.home, 'tls', `${name}.crt`), 'utf8');
  }

  async startInstance(number: number): Promise<void> {
    const SOCKET_PATH = join(this.home, 'run', `${number}.sock`);
    this.instances[number - 1] = await startServer({
      ...this.environment,
      ...{ SOCKET_PATH, INSTANCE_ID: `desk@${number}` },
    });
  }

  private async configure(instances: number, domains: string[]): Promise<void> {
    const { home, ports } = this;
    const words = [
      ...['nginx-config', '--instances', String(instances), '--out', join(home, 'frontdesk.conf')],
      ...[DOMAIN, ...domains].flatMap((domain) => ['--domain', domain]),
      ...[
        '--socket-dir',
        join(home, 'run'),
        '--tls-dir',
        join(home, 'tls'),
        '--acme-root',
        join(home, 'acme'),
      ],
      ...['--cache-dir', join(home, 'cache'), '--log-dir', join(home, 'log')],
      ...['--http-port', ports.http, '--https-port', ports.https, '--metrics-port', ports.metrics],
      ...(existsSync('/proc/net/if_inet6') ? [] : ['--no-ipv6']),
    ];
    const { code, stderr } = await runCli(this.environment, words);
    if (code !== 0) throw new Error(stderr);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${join(home, 'temporary', name)};`,
    );
    writeFileSync(
      join(home, 'nginx.conf'),
      [
        // Its workers reach into a folder of ours.
        isRoot ? 'user root;' : '',
        `worker_processes 2; pid ${join(home, 'nginx.pid')}; error_log ${join(home, 'log/nginx.log')} info;`,
        'events { worker_connections 4096; }',
        `http { access_log off; ${temporary.join(' ')} include ${join(home, 'frontdesk.conf')}; }`,
      ].join('\n'),
    );
  }

  private words(...more: string[]): string[] {
    return [
      '-p',
      this.home,
      '-e',
      join(this.home, 'log/nginx.log'),
      '-c',
      join(this.home, 'nginx.conf'),
      ...more,
    ];
  }

  /** What `nginx -t` says, which is on its standard error. */
  async check(): Promise<string> {
    const tester = spawn(NGINX as string, this.words('-t'), { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    tester.stderr?.on('data', (piece: Buffer) => (said += piece.toString()));
    await once(tester, 'close');
    return said;
  }

  private async startNginx(): Promise<void> {
    this.nginx = spawn(NGINX as string, this.words('-g', 'daemon off;'), {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.nginx.stderr?.on('data', (piece: Buffer) => (this.complaints += piece.toString()));
    await until(async () => {
      if (this.nginx?.exitCode !== null) throw new Error(`nginx does not start: ${this.complaints}`);
      return this.call('GET', '/health/ready').then(
        ({ status }) => status === 200,
        () => false,
      );
    });
  }

  /** One request over TLS, as a client of the outside makes it. */
  call(
    method: string,
    path: string,
    {
      headers = {},
      servername = DOMAIN,
      host = `${DOMAIN}:${this.ports.https}`,
      address = '127.0.0.1',
      ...options
    }: CallOptions & Through = {},
  ): Promise<Called> {
    const place = { host: address, port: Number(this.ports.https), servername };
    return call(place, method, path, { ...options, headers: { host, ...headers } });
  }

  async token(username: string): Promise<string> {
    const { status, text, body } = await this.call('POST', '/api/v1/token', {
      body: new URLSearchParams({ grant_type: 'password', username, password: PASSWORD }).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    if (status !== 200) throw new Error(`${username} cannot sign in: ${status} ${text}`);
    return String(body.access_token);
  }

  /** An open TLS connection, for bytes written by hand. */
  async connect({
    servername = DOMAIN,
    address = '127.0.0.1',
    protocols = [],
  }: Through = {}): Promise<TLSSocket> {
    const socket = connectTls({
      ...{ host: address, port: Number(this.ports.https), servername, rejectUnauthorized: false },
      ALPNProtocols: protocols,
    });
    await once(socket, 'secureConnect');
    socket.on('error', () => undefined); // A server that hangs up is what many tests are about.
    return socket;
  }

  accessLog(): string {
    return readFileSync(join(this.home, 'log/frontdesk.access.log'), 'utf8');
  }

  errorLog(): string {
    const file = join(this.home, 'log/frontdesk.error.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  async close(): Promise<void> {
    if (this.nginx?.exitCode === null) {
      const gone = once(this.nginx, 'close');
      this.nginx.kill('SIGQUIT');
      const impatience = setTimeout(() => this.nginx?.kill('SIGTERM'), 2_000);
      await gone;
      clearTimeout(impatience);
    }
    await cleanUp();
    await this.database.drop();
  }
}
