import { run } from '../support/command.mjs';
import { Desk } from '../support/desk.mjs';

/** This process is on the network of the containers already. */
export const host = {
  run,
  sh: async (script, options) => (await run(['sh', '-ec', script], options)).stdout.trim(),
  inNetwork: (command) => command,
};

/** Runs a shell script in a container. @returns what it printed. */
export const inside = (name, script) =>
  run(['podman', 'exec', `frontdesk-${name}`, 'sh', '-c', script]).then(({ stdout }) => stdout.trim());

/** @param format a template of podman's. */
export const inspect = (name, format) =>
  run(['podman', 'inspect', '--format', format, `frontdesk-${name}`]).then(({ stdout }) => stdout.trim());

/** Frontdesk in containers, as its operator and its clients see it. */
export class ContainedDesk extends Desk {
  constructor() {
    super(host);
  }

  password(username) {
    return inside('worker', `sed -n 's/^${username} //p' /var/lib/frontdesk/initial-passwords`);
  }

  /** Asked by its own socket, past nginx. */
  async isInstanceReady(number) {
    const ready = `/opt/frontdesk/current/bin/node /opt/frontdesk/current/deploy/ready.mjs /run/frontdesk/${number}.sock 1`;
    await inside(`instance${number}`, ready);
    return true;
  }

  sql(text) {
    const psql = 'PGPASSWORD=$(cat /run/secrets/postgres_password) psql -X -A -t -U postgres -d frontdesk -c';
    return inside('database', `${psql} "${text.replaceAll('$', '\\$')}"`);
  }
}
