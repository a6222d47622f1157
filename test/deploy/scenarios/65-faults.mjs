import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { assertAllKept, describeLoad, prepareLoad, underLoad } from '../load/load.mjs';
import { run, until } from '../support/command.mjs';
import { DOMAIN } from '../support/installation.mjs';
import { scenario } from '../support/suite.mjs';

const SLOW = fileURLToPath(new URL('../load/slow.mjs', import.meta.url));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

scenario('faults', { minutes: 10 }, async (t, { machine, desk }) => {
  const prepared = await prepareLoad(desk);

  await t.step('one of two instances is stopped: the other serves', async () => {
    const load = await underLoad(machine, prepared, async () => {
      await machine.sh('systemctl stop frontdesk@1.socket frontdesk@1.service');
      await pause(3_000);
      await machine.sh('systemctl start frontdesk@1', { timeout: 70_000 });
    });
    t.figure('one of two instances stopped', describeLoad(load));
    assert.deepEqual(load.failures, {});
    await assertAllKept(desk, load);
  });

  await t.step('a POST with an Idempotency-Key, sent again around a kill -9, counts once', async () => {
    const key = randomUUID();
    const send = () =>
      desk.ask('/api/v1/tickets', [
        ...['-H', `Authorization: Bearer ${prepared.token}`, '-H', 'Content-Type: application/json'],
        ...[
          '-H',
          `Idempotency-Key: ${key}`,
          '-d',
          JSON.stringify({ title: key, employee_id: prepared.employeeId }),
        ],
      ]);
    const first = send().catch((error) => error);
    await machine.sh('systemctl kill --kill-whom=main -s KILL frontdesk@1 frontdesk@2');
    await first;
    const again = await until(async () => {
      const answer = await send();
      return answer.status === 201 && answer;
    });
    assert.equal(again.body.title, key);
    assert.equal(await desk.sql(`SELECT count(*) FROM tickets WHERE title = '${key}'`), '1');
  });

  await t.step('the clock of the application jumps by an hour', async () => {
    await machine.sh(
      `mkdir -p /etc/systemd/system/frontdesk@.service.d
       cat > /etc/systemd/system/frontdesk@.service.d/clock.conf <<EOF
[Service]
Environment=LD_PRELOAD=$(find /usr/lib -name libfaketime.so.1 | head -1) FAKETIME_TIMESTAMP_FILE=/var/lib/frontdesk/clock FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1
EOF
       echo '+0' > /var/lib/frontdesk/clock; chmod 644 /var/lib/frontdesk/clock
       systemctl daemon-reload; systemctl restart frontdesk.target`,
      { timeout: 70_000 },
    );
    for (const number of [1, 2]) await desk.isReady(number);
    const before = await machine.sh('systemctl show -P MainPID frontdesk@1 frontdesk@2');
    const old = await desk.signIn('admin');
    await machine.sh(`echo '+3700' > /var/lib/frontdesk/clock`);
    for (const number of [1, 2]) await desk.isReady(number);
    const me = async (token) =>
      (await desk.ask('/api/v1/me', ['-H', `Authorization: Bearer ${token}`])).status;
    assert.equal(await me(old), 401, 'a token of an hour ago has expired');
    const { token } = { token: await desk.signIn('admin') };
    assert.equal(await me(token), 200);
    const load = await underLoad(machine, { ...prepared, token }, () => pause(3_000));
    assert.deepEqual(load.failures, {});
    await assertAllKept(desk, load);
    await machine.sh(`echo '+0' > /var/lib/frontdesk/clock`);
    assert.equal(await me(await desk.signIn('admin')), 200, 'and back');
    assert.equal(await machine.sh('systemctl show -P MainPID frontdesk@1 frontdesk@2'), before);
    await machine.sh(
      'rm /etc/systemd/system/frontdesk@.service.d/clock.conf; systemctl daemon-reload; systemctl restart frontdesk.target',
      { timeout: 70_000 },
    );
    for (const number of [1, 2]) await desk.isReady(number);
  });

  await t.step('slow clients and 1,000 idle connections: cut in time, others served', async () => {
    const given = JSON.stringify({ host: DOMAIN, idle: 1_000, slow: 50, seconds: 12 });
    let slow;
    const quiet = await underLoad(machine, prepared, () => pause(3_000));
    const load = await underLoad(machine, prepared, async () => {
      slow = JSON.parse((await run(machine.inNetwork([process.execPath, SLOW, given]))).stdout);
    });
    t.figure('p95 of others beside slow clients', `${load.p95} ms (without them ${quiet.p95} ms)`);
    t.figure(
      'slow clients cut after at most',
      `header ${slow.header.slowest} ms, body ${slow.body.slowest} ms, idle ${slow.idle.slowest} ms`,
    );
    assert.deepEqual(load.failures, {});
    await assertAllKept(desk, load);
    assert.ok(load.p95 < Math.max(100, 3 * quiet.p95), `${load.p95} ms`);
    assert.deepEqual([slow.header.cut, slow.body.cut, slow.idle.cut], [50, 50, 1_000]);
    for (const kind of ['header', 'body', 'idle'])
      assert.ok(slow[kind].slowest < 6_500, `${kind}: ${slow[kind].slowest} ms`);
  });

  await t.step(
    'the log is flooded by another: requests are served, the journal stays within its limit',
    async () => {
      const load = await underLoad(machine, prepared, () =>
        machine.sh(
          `systemd-run --quiet --unit=flood sh -c 'yes "$(head -c 500 /dev/zero | tr "\\0" x)" | head -c 300M'; sleep 5; systemctl stop flood || true`,
        ),
      );
      t.figure('the journal flooded', describeLoad(load));
      assert.deepEqual(load.failures, {});
      await assertAllKept(desk, load);
      const mib = Number(await machine.sh(`du -sm /var/log/journal | cut -f1`));
      t.figure('the journal holds afterwards', `${mib} MiB`);
      assert.ok(mib < 2_048 + 128);
    },
  );

  await t.step('a limit of memory ends one instance, nobody notices, and it comes back', async () => {
    const limit = await machine.sh('systemctl show -P MemoryMax -P TasksMax frontdesk@1');
    assert.equal(limit, `${512 * 1024 * 1024}\n64`);
    // Its systemd sees the unified hierarchy alone, whose controllers the host may have given to the older ones.
    if (t.suite === 'trixie') return;
    await machine.allowLimits();
    const load = await underLoad(machine, prepared, async () => {
      // Too little to start with; what runs already could not be brought below it.
      await machine.sh('systemctl set-property --runtime frontdesk@1 MemoryHigh=infinity MemoryMax=64M');
      await machine.sh('systemctl kill --kill-whom=main -s KILL frontdesk@1');
      await until(async () => Number(await machine.sh('systemctl show -P NRestarts frontdesk@1')) >= 3, {
        what: 'the end by the limit, again and again',
      });
      await machine.sh('systemctl set-property --runtime frontdesk@1 MemoryHigh=448M MemoryMax=512M');
      await desk.isReady(1);
    });
    t.figure('an instance ended by its limit of memory', describeLoad(load));
    assert.deepEqual(load.failures, {});
    await assertAllKept(desk, load);
  });
});
