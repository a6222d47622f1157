import { until } from './command.mjs';
import { DOMAIN } from './installation.mjs';

/** Frontdesk on a machine, as its operator and its clients see it. */
export class Desk {
  constructor(machine) {
    this.machine = machine;
  }

  /** The password that the installer has made for a first user. */
  password(username) {
    return this.machine.sh(`sed -n 's/^${username} //p' /var/lib/frontdesk/initial-passwords`);
  }

  /** Asks with curl. @returns the status, the headers (lower case) and the body, parsed when it is JSON. */
  async curl(url, options = [], { timeout = 15 } = {}) {
    const command = ['curl', '-sS', '-i', '-m', String(timeout), ...options, url];
    const { stdout } = await this.machine.run(command, { timeout: (timeout + 5) * 1000 });
    const [head, ...rest] = stdout.replace(/^HTTP\/[\d.]+ 100[^\n]*\r?\n\r?\n/, '').split(/\r?\n\r?\n/);
    const [first, ...lines] = head.split(/\r?\n/);
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    );
    const text = rest.join('\n\n');
    const body = /json/.test(headers['content-type'] ?? '') && text !== '' ? JSON.parse(text) : text;
    return { status: Number(first.split(' ')[1]), headers, body };
  }

  /** Asks an instance by its own socket, past nginx. */
  instance(number, path, options = [], limits = {}) {
    const socket = ['--unix-socket', `/run/frontdesk/${number}.sock`];
    return this.curl(`http://${DOMAIN}${path}`, [...socket, ...options], limits);
  }

  /** Waits until an instance answers that it is ready: its socket holds the question while it starts. */
  isReady(number) {
    const ask = async () => (await this.instance(number, '/health/ready', [], { timeout: 5 })).status === 200;
    return until(ask, { what: `instance ${number} being ready` });
  }

  /** Asks as a client does: by https, through nginx. */
  ask(path, options = []) {
    return this.curl(`https://${DOMAIN}${path}`, ['-k', '--resolve', `${DOMAIN}:443:127.0.0.1`, ...options]);
  }

  /** @param through how to ask: `(path, options) => this.ask(path, options)` unless given. */
  async signIn(username, { password, through = (path, options) => this.ask(path, options) } = {}) {
    const form = [
      '-d',
      `username=${username}`,
      '--data-urlencode',
      `password=${password ?? (await this.password(username))}`,
    ];
    const { status, body } = await through('/api/v1/token', form);
    if (status !== 200) throw new Error(`${username} cannot sign in: ${status} ${JSON.stringify(body)}`);
    return body.access_token;
  }

  /** A row of the database, as the owner sees it. */
  sql(text) {
    return this.machine
      .run(['psql', '-X', '-A', '-t', '-U', 'frontdesk_owner', '-d', 'frontdesk', '-c', text])
      .then(({ stdout }) => stdout.trim());
  }
}
