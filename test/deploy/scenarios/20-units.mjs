import assert from 'node:assert/strict';
import { until } from '../support/command.mjs';
import { scenario } from '../support/suite.mjs';

/** The most that `systemd-analyze security` may say: 10 is unprotected, 0 is a service that can do nothing. */
const EXPOSURE = {
  'frontdesk@1.service': 0.5,
  'frontdesk-migrate.service': 0.5,
  'frontdesk-backup.service': 0.5,
  'frontdesk-sockets.service': 0.5,
  'frontdesk-nginx.service': 0.5,
  'frontdesk-worker.service': 2.0,
};
const UNITS = [...Object.keys(EXPOSURE), 'frontdesk@1.socket', 'frontdesk-backup.timer', 'frontdesk.target'];

scenario('units', { core: true }, async (t, { machine, desk }) => {
  await t.step('systemd-analyze verify is silent', async () => {
    const { stdout, stderr } = await machine.run(['systemd-analyze', 'verify', ...UNITS]);
    assert.equal(stdout + stderr, '');
  });
  for (const [unit, limit] of Object.entries(EXPOSURE)) {
    await t.step(`systemd-analyze security ${unit} is at most ${limit}`, async () => {
      const { stdout } = await machine.run(['systemd-analyze', 'security', '--no-pager', unit]);
      const score = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
      t.figure(`exposure of ${unit}`, score);
      const open = stdout.split('\n').filter((line) => line.startsWith('✗'));
      assert.ok(score <= limit, `${score}\n${open.join('\n')}`);
    });
  }
  await t.step('the socket is for nginx only', async () => {
    const found = await machine.sh('stat -c "%a %U %G" /run/frontdesk/1.sock');
    assert.equal(found, '660 frontdesk www-data');
  });
  await t.step('the application can neither change the schema nor become its owner', async () => {
    const asApp = ['runuser', '-u', 'frontdesk', '--', 'psql', '-X', '-d', 'frontdesk'];
    const create = await machine.run([...asApp, '-U', 'frontdesk', '-c', 'CREATE TABLE x ()'], {
      check: false,
    });
    assert.match(create.stderr, /permission denied/);
    const audit = await machine.run([...asApp, '-U', 'frontdesk', '-c', 'DELETE FROM audit'], {
      check: false,
    });
    assert.match(audit.stderr, /permission denied/);
    const owner = await machine.run([...asApp, '-U', 'frontdesk_owner', '-c', 'SELECT 1'], { check: false });
    assert.match(owner.stderr, /Peer authentication failed/);
  });
  await t.step('no secret is readable for others', async () => {
    const open = await machine.sh(
      'find /etc/frontdesk /var/lib/frontdesk /var/backups/frontdesk -type f -perm /o=rwx ! -name "*.crt"',
    );
    assert.equal(open, '');
    assert.equal(await machine.sh('stat -c "%a %U" /etc/frontdesk/credentials/SEALING_KEY'), '600 root');
  });
  await t.step('enable --now frontdesk@3 adds an instance', async () => {
    await machine.sh('systemctl enable --now frontdesk@3', { timeout: 70_000 });
    const { status, headers } = await desk.instance(3, '/health/ready');
    assert.deepEqual([status, headers['x-instance-id']], [200, '3']);
  });
  await t.step('stop frontdesk.target stops instances and sockets, start brings them back', async () => {
    await machine.sh('systemctl stop frontdesk.target');
    const active = () =>
      machine.sh(
        `systemctl list-units --plain --no-legend --state=active 'frontdesk*' | grep -Ev 'slice|frontdesk-migrate' || true`,
      );
    await until(async () => (await active()) === '' && (await machine.sh('ls /run/frontdesk')) === '', {
      what: 'the stop',
    });
    await machine.sh('systemctl start frontdesk.target');
    for (const number of [1, 2, 3]) assert.equal((await desk.instance(number, '/health/ready')).status, 200);
  });
  await t.step('the log is JSON that journalctl and jq can use', async () => {
    const script = `journalctl -u 'frontdesk@*' -o json | jq -r 'select(.MESSAGE | startswith("{")) | .MESSAGE | fromjson | .instance' | sort -u`;
    assert.equal(await machine.sh(script), '1\n2\n3');
  });
});
