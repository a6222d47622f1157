import assert from 'node:assert/strict';
import { join } from 'node:path';
import { assertAllKept, copyTicket, describeLoad, prepareLoad, underLoad } from '../load/load.mjs';
import { addMigration, edit, makeVariant, VERSION } from '../support/releases.mjs';
import { scenario } from '../support/suite.mjs';

const MINUTES = 60_000;

/** A release with a migration that adds a table, and a limit that is another by default. */
const good = (folder) => {
  addMigration(folder, 'Good1999000000001', 'CREATE TABLE added_by_update (id bigint)');
  edit(join(folder, 'config/limits.json'), (text) =>
    text.replace('"idempotency_hours": 24', '"idempotency_hours": 25'),
  );
};
/** One whose `serve` or `worker` cannot start, which shows only when it does. */
const broken = (command) => (folder) =>
  edit(
    join(folder, 'dist/src/cli.js'),
    (text) => `if (process.argv[2] === '${command}') throw new Error('broken');\n${text}`,
  );
/** One whose migration does half of its work. */
const unmigratable = (folder) =>
  addMigration(folder, 'Bad1999000000002', 'CREATE TABLE half_done (id bigint); SELECT 1/0');

/** One that builds an index while the release before serves: outside a transaction, and repeated after a crash. */
const indexing = (folder) =>
  addMigration(
    folder,
    'Indexing1999000000005',
    [
      'DROP INDEX CONCURRENTLY IF EXISTS tickets_by_update_idx',
      'CREATE INDEX CONCURRENTLY tickets_by_update_idx ON tickets (lower(title), updated_at)',
    ],
    'transaction = false;',
  );

const current = (machine) => machine.sh('readlink /opt/frontdesk/current');

const UPDATE = '/opt/frontdesk/current/deploy/update.sh';
const update = (machine, archive, { check = true } = {}) =>
  machine.run([UPDATE, archive], { timeout: 3 * MINUTES, check });

scenario('update under load', { core: true, minutes: 8 }, async (t, { machine, desk }) => {
  const prepared = await prepareLoad(desk);

  await t.must('update: no failed request, migrated once, tokens still good', async () => {
    const archive = await makeVariant('1.1.0', good);
    let said;
    const load = await underLoad(machine, prepared, async () => {
      said = await update(machine, archive);
    });
    t.figure('update', `${describeLoad(load)}, ${(said.ms / 1000).toFixed(0)} s`);
    assert.equal(await current(machine), 'releases/1.1.0');
    assert.deepEqual(load.failures, {});
    await assertAllKept(desk, load);
    assert.equal(await desk.sql(`SELECT to_regclass('added_by_update')`), 'added_by_update');
    assert.match(await machine.sh('cat /etc/frontdesk/limits.json'), /"idempotency_hours": 25/);
    const me = await desk.ask('/api/v1/me', ['-H', `Authorization: Bearer ${prepared.token}`]);
    assert.equal(me.status, 200);
  });

  await t.step('a release that does not start: back by itself, no failed request', async () => {
    const archive = await makeVariant('1.2.0', broken('serve'));
    let result;
    const load = await underLoad(machine, prepared, async () => {
      result = await update(machine, archive, { check: false });
    });
    t.figure('update that fails and goes back', `${describeLoad(load)}, ${(result.ms / 1000).toFixed(0)} s`);
    assert.equal(result.code, 1, result.stdout);
    assert.match(result.stdout, /1\.1\.0 runs; nothing that was written is lost/);
    assert.equal(await current(machine), 'releases/1.1.0');
    assert.deepEqual(load.failures, {});
    await assertAllKept(desk, load);
  });
});

scenario('an index built concurrently', { minutes: 8 }, async (t, { machine, desk }) => {
  const prepared = await prepareLoad(desk);
  await t.step('on 200,000 tickets, while the old release serves: no failed request', async () => {
    await copyTicket(desk, prepared.ticketId, 200_000);
    const archive = await makeVariant('1.1.1', indexing);
    let said;
    const load = await underLoad(machine, prepared, async () => {
      said = await update(machine, archive);
    });
    t.figure(
      'update that builds an index on 200,000 tickets',
      `${describeLoad(load)}, ${(said.ms / 1000).toFixed(0)} s`,
    );
    assert.deepEqual(load.failures, {});
    await assertAllKept(desk, load);
    const valid = `SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('tickets_by_update_idx')`;
    assert.equal(await desk.sql(valid), 't');
    assert.equal(await current(machine), 'releases/1.1.1');
  });
});

scenario('a migration that fails, and the way back', { minutes: 8 }, async (t, { machine, desk }) => {
  const prepared = await prepareLoad(desk);

  await t.step('a migration that fails: nothing changes, the old release serves on', async () => {
    const archive = await makeVariant('1.3.0', unmigratable);
    let result;
    const load = await underLoad(machine, prepared, async () => {
      result = await update(machine, archive, { check: false });
    });
    assert.equal(result.code, 1, result.stdout);
    assert.match(result.stdout, /1\.0\.0 runs on, as it did/);
    assert.equal(await desk.sql(`SELECT to_regclass('half_done')`), '');
    assert.deepEqual(load.failures, {});
    await assertAllKept(desk, load);
    assert.equal(await machine.sh('systemctl is-system-running || true'), 'running');
  });

  await t.step('back to the release before: no failed request, the newer schema is accepted', async () => {
    await update(machine, await makeVariant('1.1.0', good));
    let result;
    const load = await underLoad(machine, prepared, async () => {
      result = await machine.run([UPDATE, '--back'], {
        timeout: 2 * MINUTES,
      });
    });
    t.figure('update --back', `${describeLoad(load)}, ${(result.ms / 1000).toFixed(0)} s`);
    assert.equal(await current(machine), `releases/${VERSION}`);
    assert.deepEqual(load.failures, {});
    await assertAllKept(desk, load);
    assert.match(await machine.sh('cat /etc/frontdesk/limits.json'), /"idempotency_hours": 24/);
  });
});

scenario('what update.sh refuses and keeps', { minutes: 12 }, async (t, { machine }) => {
  await t.step('a file that is no release', async () => {
    const script = 'echo no > /root/no.tar.gz; /opt/frontdesk/current/deploy/update.sh /root/no.tar.gz';
    const { code, stderr } = await machine.run(['sh', '-c', script], { check: false, timeout: MINUTES });
    assert.equal(code, 1);
    assert.match(stderr, /no\.tar\.gz is no release/);
    assert.equal(await current(machine), `releases/${VERSION}`);
  });
  await t.step('a release without a version: none of those that are there is lost', async () => {
    const script = `mkdir -p /root/bad/x && cd /root/bad
      sed 's/"version": "[^"]*"/"version": ""/' /opt/frontdesk/current/release.json >x/release.json
      tar -cf ../bad.tar x; /opt/frontdesk/current/deploy/update.sh --no-backup /root/bad.tar`;
    const { code, stderr } = await machine.run(['sh', '-c', script], { check: false, timeout: MINUTES });
    assert.equal(code, 1);
    assert.match(stderr, /release\.json has no version/);
    assert.equal(await machine.sh('ls /opt/frontdesk/releases'), VERSION);
    assert.equal(await machine.sh('ls -d /tmp/tmp.* 2>/dev/null || true'), '');
  });
  await t.step('a file to tune that the new release does not take', async () => {
    const archive = await makeVariant('1.4.0');
    await machine.sh(
      `sed -i 's/"idempotency_hours": 24/"idempotency_hours": "a day"/' /etc/frontdesk/limits.json`,
    );
    const { code, stdout } = await update(machine, archive, { check: false });
    await machine.sh(`sed -i 's/"a day"/24/' /etc/frontdesk/limits.json`);
    assert.equal(code, 1);
    assert.match(stdout, /idempotency_hours/);
    assert.equal(await current(machine), `releases/${VERSION}`);
  });
  await t.step('what was tuned is carried over to new defaults; three releases are kept', async () => {
    await machine.sh(`sed -i 's/"waiting": 8/"waiting": 9/' /etc/frontdesk/limits.json`);
    for (const version of ['1.5.0', '1.6.0', '1.7.0']) {
      const { stdout } = await update(
        machine,
        await makeVariant(version, version === '1.5.0' ? good : undefined),
      );
      if (version === '1.5.0') assert.match(stdout, /limits\.json: your changes were carried over/);
    }
    const limits = JSON.parse(await machine.sh('cat /etc/frontdesk/limits.json'));
    assert.deepEqual([limits.sign_in.waiting, limits.idempotency_hours], [9, 24]);
    assert.equal(await machine.sh('ls /opt/frontdesk/releases'), '1.5.0\n1.6.0\n1.7.0');
  });
  await t.step(
    'a release whose worker does not start: back by itself, and the old one works on',
    async () => {
      const { code, stdout } = await update(machine, await makeVariant('1.7.1', broken('worker')), {
        check: false,
      });
      assert.equal(code, 1, stdout);
      assert.match(stdout, /1\.7\.0 runs; nothing that was written is lost/);
      assert.equal(await current(machine), 'releases/1.7.0');
      assert.equal(await machine.sh('sleep 3; systemctl is-active frontdesk-worker'), 'active');
    },
  );
  await t.step('back, and back again, is two releases back, and then there is none', async () => {
    const back = () => machine.run([UPDATE, '--back'], { timeout: 2 * MINUTES, check: false });
    for (const version of ['1.6.0', '1.5.0']) {
      assert.equal((await back()).code, 0);
      assert.equal(await current(machine), `releases/${version}`);
    }
    const { code, stderr } = await back();
    assert.equal(code, 1);
    assert.match(stderr, /no release before 1\.5\.0 is kept/);
  });
  await t.step('nginx is broken by somebody else: the release that runs stays, and it is told', async () => {
    await machine.sh('echo "server { listen nowhere:x; }" > /etc/nginx/sites-enabled/other');
    const { code } = await update(machine, await makeVariant('1.8.0'), { check: false });
    assert.equal(code, 1);
    await machine.sh('rm /etc/nginx/sites-enabled/other');
    assert.equal(await current(machine), 'releases/1.8.0');
    await machine.sh('systemctl restart frontdesk@1', { timeout: 70_000 });
  });
  await t.step('a maintenance that closes all does not keep from an update', async () => {
    await machine.sh('frontdesk maintenance on --now --mode full --yes');
    const { stdout } = await update(machine, await makeVariant('1.9.0'));
    await machine.sh('frontdesk maintenance off');
    assert.match(stdout, /the worker runs/);
    assert.equal(await current(machine), 'releases/1.9.0');
  });
});

scenario('updates and ways back under load, 20 times each', { minutes: 30 }, async (t, { machine, desk }) => {
  const prepared = await prepareLoad(desk);
  const archive = await makeVariant('1.1.0', good);
  await t.step('20 updates, and 20 times back: no failed request, nothing lost or doubled', async () => {
    let slowest = 0;
    const load = await underLoad(machine, prepared, async () => {
      for (let index = 0; index < 20; index += 1) {
        const { ms } = await update(machine, archive);
        slowest = Math.max(slowest, ms);
        await machine.run([UPDATE, '--back'], { timeout: 2 * MINUTES });
      }
    });
    t.figure(
      'update and update --back, 20 times',
      `${describeLoad(load)}; an update took ${(slowest / 1000).toFixed(0)} s at most`,
    );
    assert.equal(await current(machine), `releases/${VERSION}`);
    assert.deepEqual(load.failures, {});
    await assertAllKept(desk, load);
  });
});
