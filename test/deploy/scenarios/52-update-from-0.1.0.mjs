import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fillDesk, keptBetween, readAll } from '../support/filled.mjs';
import { DOMAIN, install } from '../support/installation.mjs';
import { operatorsRecipe } from '../support/readme.mjs';
import { addMigration, formerReason, makeFormerRelease, makeVariant } from '../support/releases.mjs';
import { scenario } from '../support/suite.mjs';

const MINUTES = 60_000;
const UPDATE = '/opt/frontdesk/current/deploy/update.sh';
const STOPPED = 'current/deploy/update.sh';
const VERSION = '1.0.1';

const file = (name) => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');

/** A release that can run only when 0.1.0 does not, whatever is breaking in those that come. */
const breaking = (folder) =>
  addMigration(folder, 'Breaking1999000000003', 'SELECT 1', 'static breaking = true;');
/** One that is so once more. */
const breakingAgain = (folder) => {
  breaking(folder);
  addMigration(folder, 'BreakingAgain1999000000004', 'SELECT 1', 'static breaking = true;');
};

/** What an update that is refused must leave as it was. */
const state = (machine) =>
  machine.sh(`readlink /opt/frontdesk/current; readlink /opt/frontdesk/next; ls /opt/frontdesk/releases /var/backups/frontdesk
    systemctl show -P MainPID frontdesk@1 frontdesk@2 frontdesk-worker frontdesk-migrate
    psql -X -A -t -U frontdesk_owner -d frontdesk -c 'SELECT name FROM migrations ORDER BY id'
    cd /etc/frontdesk; sha256sum *.json *.env; cat /usr/local/lib/systemd/system/frontdesk* 2>/dev/null | sha256sum`);

scenario(
  'update from 0.1.0',
  { from: 'debian', minutes: 20, unable: formerReason },
  async (t, { machine, desk }) => {
    const former = await t.must('make the release of 0.1.0', makeFormerRelease);
    const archive = await t.must('make one with a breaking migration', () => makeVariant(VERSION, breaking));
    const filled = await t.must('install 0.1.0, and work with it', async () => {
      await install(machine, former);
      return fillDesk(desk);
    });
    const before = await readAll(desk, filled.token);

    await t.step(
      'its own update.sh is refused while it serves: nothing changes, the way is told',
      async () => {
        const was = await state(machine);
        const { code, stdout } = await machine.run([UPDATE, archive], { check: false, timeout: 3 * MINUTES });
        assert.equal(code, 1, stdout);
        assert.match(
          stdout,
          /^fail {2}release .*Breaking1999000000003.*frontdesk 1, frontdesk 2, frontdesk worker.*systemctl stop/m,
        );
        assert.equal(await state(machine), was);
        assert.equal((await desk.ask('/health/ready')).status, 200);
      },
    );

    await t.must('along the way of the README: all is as it was, and everybody stays signed in', async () => {
      const [stop, update, start] = operatorsRecipe(STOPPED).trim().split('\n');
      const began = performance.now();
      const clock = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
      await machine.sh(stop, { timeout: MINUTES });
      const [stopped, closed] = [clock(), await desk.ask('/api/v1/me')];
      assert.deepEqual([closed.status, closed.headers['retry-after'] !== undefined], [503, true]);
      const said = await machine.sh(update.replace(/frontdesk-\S+\.tar\.gz/, archive), {
        timeout: 3 * MINUTES,
      });
      assert.match(said, /^Frontdesk 1\.0\.1 /m);
      const updated = clock();
      await machine.sh(start, { timeout: MINUTES });
      for (const number of [1, 2]) await desk.isReady(number);
      t.figure(
        'update from 0.1.0, everything stopped',
        `${clock()} (stopped ${stopped}, updated ${updated})`,
      );
      assert.equal((await desk.ask('/health/ready')).body.version, VERSION);
    });

    await t.step('the data is the same', async () => {
      keptBetween(before, await readAll(desk, filled.token));
      const schema = await desk.sql(file('test/support/schema.sql'));
      assert.equal(schema.trim(), file('migrations/schema.txt').trim());
    });

    await t.step(
      'what was signed in stays so, and a request that is sent again is not done again',
      async () => {
        const { body: session, status } = await desk.ask('/api/v1/token', [
          ...['-d', 'grant_type=refresh_token', '--data-urlencode', `refresh_token=${filled.refreshToken}`],
        ]);
        assert.equal(status, 200, JSON.stringify(session));
        await filled.countAtDoor();
        const again = await filled.sendTicketAgain();
        assert.deepEqual([again.status, again.body.id], [201, filled.sentTicket.id]);
        assert.equal((await desk.ask(`/board/${filled.displaySecret}/state`)).status, 200);
        assert.equal(await desk.sql(`SELECT count(*) FROM tickets WHERE title = 'Sent twice'`), '1');
      },
    );

    await t.step('the way back across it is refused in a line, and nothing changes', async () => {
      const was = await state(machine);
      const back = await machine.run([UPDATE, '--back'], { check: false, timeout: 3 * MINUTES });
      assert.equal(back.code, 1);
      assert.match(
        back.stderr,
        /^update\.sh: 0\.1\.0 cannot live with \w+, which is done; the way back is to restore/m,
      );
      const forward = await machine.run([UPDATE, former], { check: false, timeout: 3 * MINUTES });
      assert.equal(forward.code, 1);
      assert.match(forward.stderr, /^update\.sh: 0\.1\.0 cannot live with/m);
      const down = await machine.run(['frontdesk', 'migrate', 'down'], {
        check: false,
        timeout: 3 * MINUTES,
      });
      assert.deepEqual(
        [down.code, (down.stdout + down.stderr).trim().split('\n').length],
        [1, 1],
        down.stdout,
      );
      assert.match(down.stdout + down.stderr, /is not taken back.*restore the backup/);
      assert.equal(await state(machine), was);
    });

    await t.step(
      'the update.sh of today is refused as well, also while only the sockets are open',
      async () => {
        const next = await makeVariant('1.0.2', breakingAgain);
        const worked = await readAll(desk, filled.token);
        const refused = async () => machine.run([UPDATE, next], { check: false, timeout: 3 * MINUTES });
        const was = await state(machine);
        const serving = await refused();
        assert.deepEqual([serving.code, await state(machine)], [1, was], serving.stdout);
        assert.match(serving.stdout, /^fail {2}release .*BreakingAgain1999000000004.*systemctl stop/m);
        await machine.sh('systemctl stop nginx frontdesk@1.service frontdesk@2.service frontdesk-worker');
        const open = await refused();
        assert.equal(open.code, 1, open.stdout);
        assert.match(
          open.stderr,
          /^update\.sh: 1\.0\.1 cannot live with BreakingAgain1999000000004.*systemctl stop/m,
        );
        await machine.sh(`systemctl stop frontdesk.target 'frontdesk@*'`);
        const { stdout } = await machine.run([UPDATE, next], { timeout: 3 * MINUTES });
        assert.match(
          stdout,
          /1\.0\.2 is in place, and nothing ran;.* Start it: systemctl start frontdesk\.target$/m,
        );
        await machine.sh('systemctl start nginx frontdesk.target', { timeout: MINUTES });
        for (const number of [1, 2]) await desk.isReady(number);
        keptBetween(worked, await readAll(desk, filled.token));
      },
    );

    await t.step('back by the backup, as the README says: 0.1.0 serves what was there before', async () => {
      const backup = await machine.sh('ls /var/backups/frontdesk/*.tar | head -n 1');
      const recipe = operatorsRecipe('RENAME TO frontdesk_after')
        .replace(/\/var\/backups\/\S+/, backup)
        .replace('sudo -u postgres', 'runuser -u postgres --')
        .replace('desk.example.org', DOMAIN);
      await machine.sh(recipe, { timeout: 3 * MINUTES });
      for (const number of [1, 2]) await desk.isReady(number);
      assert.equal(await machine.sh('readlink /opt/frontdesk/current'), 'releases/0.1.0');
      keptBetween(before, await readAll(desk, filled.token));
    });
  },
);
