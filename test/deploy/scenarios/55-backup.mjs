import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { Desk } from '../support/desk.mjs';
import { install } from '../support/installation.mjs';
import { Machine } from '../support/machine.mjs';
import { makeRelease, sharedReleases } from '../support/releases.mjs';
import { scenario } from '../support/suite.mjs';

const bearer = (token) => ['-H', `Authorization: Bearer ${token}`];

/** Rows of every table, as text: what two installations have in common. */
const rows = (desk) =>
  desk.sql(`SELECT string_agg(relname || ' ' || (xpath('/row/n/text()', query_to_xml(
      format('SELECT count(*) AS n FROM %I', relname), false, true, '')))[1]::text, E'\\n' ORDER BY relname)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT IN ('sessions', 'audit', 'audit_values')`);

scenario('backup and restore', { core: true, minutes: 8 }, async (t, { machine, desk, system }) => {
  const token = await desk.signIn('admin');
  await desk.ask('/api/v1/employees', [
    ...[...bearer(token), '-H', 'Content-Type: application/json'],
    ...['-d', JSON.stringify({ first_name: 'Edith', last_name: 'Crane', email: 'edith@example.org' })],
  ]);
  await machine.sh(`sed -i 's/"waiting": 8/"waiting": 9/' /etc/frontdesk/limits.json`);
  const password = await desk.password('admin');
  let file;

  await t.must('frontdesk-backup writes one file that only its owner reads', async () => {
    await machine.sh('systemctl start frontdesk-backup', { timeout: 60_000 });
    // By night the timer may have made one as well.
    file = await machine.sh('ls -t /var/backups/frontdesk/*.tar | head -n 1');
    assert.equal(await machine.sh(`stat -c '%a %U' ${file}`), '600 frontdesk');
    t.figure('a backup of an empty desk', `${await machine.sh(`stat -c %s ${file}`)} bytes`);
  });
  await t.step('an instance can neither read nor remove backups', async () => {
    const main = await machine.sh('systemctl show -P MainPID frontdesk@1');
    const { code } = await machine.run(['nsenter', '-t', main, '-m', 'ls', '/var/backups/frontdesk'], {
      check: false,
    });
    assert.notEqual(code, 0);
  });
  await t.step('the role of backups changes nothing', async () => {
    const command = [
      'runuser',
      '-u',
      'frontdesk',
      '--',
      'psql',
      '-X',
      '-U',
      'frontdesk_backup',
      '-d',
      'frontdesk',
      '-c',
      'DELETE FROM employees',
    ];
    assert.match((await machine.run(command, { check: false })).stderr, /permission denied/);
  });

  await t.step('restored on another machine: same rows, files, passwords and tokens', async () => {
    const [[shared]] = sharedReleases();
    cpSync(join(machine.root, file), join(shared, 'backup.tar'));
    const before = await rows(desk);
    const other = new Machine(machine.suite, system);
    try {
      await other.create();
      await other.boot({ bind: sharedReleases() });
      const said = await install(other, await makeRelease(), '--restore /srv/releases/backup.tar');
      assert.match(said, /counts and checksums are equal/);
      assert.match(said, /There are users already/);
      const restored = new Desk(other);
      assert.equal(await rows(restored), before);
      assert.match(await other.sh('cat /etc/frontdesk/limits.json'), /"waiting": 9/);
      assert.equal((await restored.ask('/api/v1/me', bearer(token))).status, 200);
      await restored.signIn('admin', { password });
      assert.equal(await other.sh('systemctl is-system-running || true'), 'running');
    } finally {
      await other.destroy();
    }
  });

  await t.step('restored on the same machine, after a mistake', async () => {
    await desk.sql(`UPDATE employees SET first_name = 'Nobody'`);
    await machine.sh(
      'systemctl stop frontdesk.target && systemctl stop "frontdesk@*.service" frontdesk-worker',
      { timeout: 30_000 },
    );
    await machine.sh(`runuser -u postgres -- psql -c 'ALTER DATABASE frontdesk RENAME TO frontdesk_before'`);
    await machine.sh(
      `/opt/frontdesk/current/deploy/install.sh --domain desk.example.test --restore ${file}`,
      { timeout: 120_000 },
    );
    assert.equal(
      await desk.sql(`SELECT first_name FROM employees WHERE email = 'edith@example.org'`),
      'Edith',
    );
    assert.equal((await desk.ask('/api/v1/me', bearer(token))).status, 200);
  });
});

const SET_ARCHIVE = `install -d -o postgres -m 700 /var/backups/postgresql /var/backups/postgresql/wal
  runuser -u postgres -- psql -c "ALTER SYSTEM SET archive_mode = on" -c "ALTER SYSTEM SET archive_timeout = '5min'" \\
    -c "ALTER SYSTEM SET archive_command = 'test ! -f /var/backups/postgresql/wal/%f && cp %p /var/backups/postgresql/wal/%f'"
  systemctl restart postgresql
  runuser -u postgres -- pg_basebackup -D /var/backups/postgresql/base -X none -c fast`;

const GO_BACK = (moment) => `systemctl stop frontdesk.target 'postgresql@*'
  data=$(pg_lsclusters -h | awk '{print $6; exit}')
  mv "$data" "$data.before" && cp -a /var/backups/postgresql/base "$data" && chmod 700 "$data" && touch "$data/recovery.signal"
  cat >> "$data/postgresql.auto.conf" <<EOF
restore_command = 'cp /var/backups/postgresql/wal/%f %p'
recovery_target_time = '${moment}'
recovery_target_action = 'promote'
EOF
  systemctl start postgresql
  systemctl start frontdesk.target`;

scenario('back to a moment', { minutes: 6 }, async (t, { machine, desk }) => {
  await t.step('archived log and a base backup bring back what was there at a moment', async () => {
    await machine.sh(SET_ARCHIVE, { timeout: 120_000 });
    await desk.isReady(1);
    const make = (name) =>
      desk.sql(
        `INSERT INTO employees (first_name, last_name, email) VALUES ('${name}', 'Crane', '${name}@example.org')`,
      );
    await make('before');
    await machine.sh('sleep 1.5');
    const moment = await desk.sql('SELECT now()');
    await machine.sh('sleep 1.5');
    await make('after');
    await machine.sh(`runuser -u postgres -- psql -c 'SELECT pg_switch_wal()'; sleep 2`);
    await machine.sh(GO_BACK(moment), { timeout: 120_000 });
    await desk.isReady(1);
    assert.equal(await desk.sql(`SELECT string_agg(first_name, ' ') FROM employees`), 'before');
    assert.equal((await desk.ask('/health/ready')).status, 200);
  });
});
