import assert from 'node:assert/strict';
import { assertAllKept, describeLoad, prepareLoad, underLoad } from '../load/load.mjs';
import { until } from '../support/command.mjs';
import { operatorsRecipe } from '../support/readme.mjs';
import { scenario } from '../support/suite.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const CLUSTER = `postgresql@$(pg_lsclusters -h | awk '{print $1"-"$2; exit}')`;
const KILL = `systemctl kill --kill-whom=main -s KILL ${CLUSTER}`;

/** Nobody is told anything but 503 with Retry-After. */
function assertOnly503({ failures }) {
  assert.deepEqual(
    Object.keys(failures).filter((what) => !/^(GET|POST) 503$/.test(what)),
    [],
  );
}

const processes = (machine) => machine.sh('systemctl show -P MainPID frontdesk@1 frontdesk@2');

/** Milliseconds until an instance is ready again. */
async function recovery(desk) {
  const started = performance.now();
  await until(async () => (await desk.ask('/health/ready')).status === 200, { timeout: 30_000, every: 20 });
  return performance.now() - started;
}

async function fallAndReturn(t, { machine, desk, prepared }, what, fault) {
  const before = await processes(machine);
  let ms;
  const load = await underLoad(machine, prepared, async () => {
    await fault();
    ms = await recovery(desk);
  });
  t.figure(what, `${describeLoad(load)}, ready ${Math.round(ms)} ms after its return`);
  assertOnly503(load);
  assert.ok(ms < 5_000, `${ms} ms`);
  assert.equal(await processes(machine), before, 'an instance has ended');
  await assertAllKept(desk, load);
}

scenario('PostgreSQL is killed', { core: true }, async (t, { machine, desk }) => {
  const prepared = await prepareLoad(desk);
  await t.step('kill -9 of PostgreSQL under load: 503, no crash, nothing acknowledged is lost', () =>
    fallAndReturn(t, { machine, desk, prepared }, 'kill -9 of PostgreSQL', async () => {
      // systemd starts nothing that it still takes for active: it has to notice the death first.
      await machine.sh(
        `${KILL}; while systemctl is-active -q ${CLUSTER}; do sleep 0.02; done; systemctl start ${CLUSTER}`,
      );
    }),
  );
});

scenario('PostgreSQL is killed and nobody is there', {}, async (t, { machine, desk }) => {
  const prepared = await prepareLoad(desk);
  await machine.sh(operatorsRecipe('postgresql@.service.d'));
  await t.step('with the lines of the README systemd brings it back by itself', () =>
    fallAndReturn(t, { machine, desk, prepared }, 'kill -9 of PostgreSQL, back by itself', async () => {
      const server = `systemctl show -P MainPID ${CLUSTER}`;
      const before = await machine.sh(server);
      await machine.sh(KILL);
      await until(async () => ![before, '0'].includes(await machine.sh(server)), { what: 'a new server' });
    }),
  );
  await t.step('and what an operator stops stays stopped', async () => {
    await machine.sh(`systemctl stop ${CLUSTER}`);
    await pause(3_000);
    assert.equal(await machine.sh(`systemctl is-active ${CLUSTER} || true`), 'inactive');
    await machine.sh(`systemctl start ${CLUSTER}`);
    const { status } = await until(async () => {
      const answer = await desk.ask('/health/ready');
      return answer.status === 200 && answer;
    });
    assert.equal(status, 200);
  });
});

scenario('the database goes', { minutes: 8 }, async (t, { machine, desk }) => {
  const prepared = await prepareLoad(desk);
  await t.step('PostgreSQL stopped for 20 s under load', () =>
    fallAndReturn(t, { machine, desk, prepared }, 'PostgreSQL stopped for 20 s', async () => {
      await machine.sh(`systemctl stop ${CLUSTER}`);
      await pause(10_000);
      const { status, headers } = await desk.ask('/health/ready');
      assert.equal(status, 503);
      assert.ok(headers['retry-after']);
      await pause(10_000);
      await machine.sh(`systemctl start ${CLUSTER}`);
    }),
  );

  await t.step(
    'instances that start while PostgreSQL is away: 503 at once, and they serve when it is back',
    async () => {
      await machine.sh(`systemctl stop ${CLUSTER}; systemctl restart --no-block frontdesk.target`);
      for (const number of [1, 2])
        await until(
          () => machine.sh(`journalctl -u frontdesk@${number} -o cat --since -60s | grep '"waiting: '`),
          {
            what: `instance ${number} waiting`,
          },
        );
      const started = performance.now();
      const { status, headers, body } = await desk.ask('/api/v1/me');
      t.figure(
        'an answer while the database is away at a start',
        `503 in ${Math.round(performance.now() - started)} ms`,
      );
      assert.deepEqual([status, body.code, headers['retry-after']], [503, 'unavailable', '2']);
      await machine.sh(`systemctl start ${CLUSTER}`);
      for (const number of [1, 2]) await desk.isReady(number);
      await until(
        async () =>
          (await machine.sh('systemctl is-active frontdesk.target frontdesk-worker')) === 'active\nactive',
      );
    },
  );

  await t.step(
    'the disk of PostgreSQL is full: reads go on, writes are 503, all is well when there is room',
    async () => {
      await machine.sh(
        `systemctl stop ${CLUSTER}
       mkdir /srv/pg && mount -t tmpfs -o size=$(( $(du -sm /var/lib/postgresql | cut -f1) + 60 ))m tmpfs /srv/pg
       cp -a /var/lib/postgresql/. /srv/pg/ && mount --bind /srv/pg /var/lib/postgresql
       systemctl start ${CLUSTER}`,
      );
      await desk.isReady(1);
      let reads;
      const before = await processes(machine);
      const load = await underLoad(machine, prepared, async () => {
        await machine.sh('dd if=/dev/zero of=/srv/pg/full bs=1M 2>/dev/null || true');
        await pause(10_000);
        reads = await desk.ask('/health/live');
        await machine.sh(`rm /srv/pg/full; systemctl start ${CLUSTER}`);
        await recovery(desk);
      });
      t.figure('the disk of PostgreSQL full for 10 s', describeLoad(load));
      assert.equal(reads.status, 200);
      assertOnly503(load);
      assert.equal(await processes(machine), before, 'an instance has ended');
      await assertAllKept(desk, load);
    },
  );

  await t.step('DATA_DIR is full: requests are served, and check says so', async () => {
    await machine.sh(
      `mkdir /srv/data && mount -t tmpfs -o size=20m,mode=751,uid=$(id -u frontdesk),gid=$(id -g frontdesk) tmpfs /srv/data
       cp -a /var/lib/frontdesk/. /srv/data/ && mount --bind /srv/data /var/lib/frontdesk
       systemctl restart frontdesk.target
       dd if=/dev/zero of=/srv/data/full bs=1M 2>/dev/null || true`,
      { timeout: 70_000 },
    );
    for (const number of [1, 2]) await desk.isReady(number);
    const load = await underLoad(machine, prepared, () => pause(3_000));
    t.figure('DATA_DIR full', describeLoad(load));
    assert.deepEqual(load.failures, {});
    await assertAllKept(desk, load);
    const { code, stdout } = await machine.run(['frontdesk', 'check'], { check: false });
    assert.equal(code, 1);
    assert.match(stdout, /fail {2}(disk|data directory)/);
  });
});
