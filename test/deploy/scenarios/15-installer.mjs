import assert from 'node:assert/strict';
import { until } from '../support/command.mjs';
import { DOMAIN, install } from '../support/installation.mjs';
import { makeRelease } from '../support/releases.mjs';
import { scenario } from '../support/suite.mjs';

const UNINSTALL = '/opt/frontdesk/current/deploy/uninstall.sh';

/** Everything that install.sh may touch, as one text: files with their content, users, units, roles. */
const EVERYTHING = `
  folders=$(ls -d /opt/frontdesk /etc /usr/local /var/lib/frontdesk /var/lib/frontdesk-acme 2>/dev/null || true)
  find $folders -path '*/releases/*/node_modules' -prune -o \\( -type f -o -type l \\) -printf '%p %m %u %g %l\\n' | sort
  find $folders -type f ! -path '*/releases/*' -exec sha256sum {} + | sort
  getent passwd; getent group; systemctl list-unit-files --no-legend | sort
  runuser -u postgres -- psql -X -A -t -c 'SELECT rolname FROM pg_roles ORDER BY 1' -c 'SELECT datname FROM pg_database ORDER BY 1'`;

const everything = (machine) => machine.sh(EVERYTHING);

/** Files with our name in their path; the archive that it came from lies in /root and /srv. */
const traces = (machine) =>
  machine.sh(
    `find / -xdev \\( -path /root -o -path /srv -o -path /proc -o -path /sys \\) -prune -o -name '*frontdesk*' -print | sort`,
  );

/** While `work` runs, nginx has a site whose name sorts before ours and which claims what ours must claim. */
async function withAnotherSite(machine, work) {
  const file = '/etc/nginx/sites-enabled/00-other';
  await machine.sh(
    `printf '%s\\n' 'server {' 'listen 443 default_server;' 'location / { return 200 other; }' '}' >${file}`,
  );
  try {
    await work(file);
  } finally {
    await machine.sh(`rm ${file}`);
  }
}

scenario(
  'the installer, twice, and its end',
  { from: 'debian', minutes: 8 },
  async (t, { machine, desk }) => {
    const archive = await makeRelease();
    const folder = `/root/${archive.split('/').at(-1).replace('.tar.gz', '')}`;
    // From a folder that is closed to the users which the installer becomes.
    const again = (options, from = folder) =>
      machine.run(['sh', '-c', `cd /root && ${from}/deploy/install.sh ${options}`], {
        timeout: 180_000,
        check: false,
      });
    await t.step('--dry-run explains each step, and changes nothing', async () => {
      const before = await everything(machine);
      const said = await install(machine, archive, '--dry-run');
      const steps = said.split('\n').filter((line) => line.startsWith('would '));
      assert.ok(steps.length >= 12, said);
      assert.equal(await everything(machine), before);
    });
    await t.step(
      'a name or a number that the nginx site cannot have is refused before any change',
      async () => {
        const before = await everything(machine);
        const wrong = [
          [
            '--domain desk..example.test',
            /^install\.sh: --domain must be a name .* not desk\.\.example\.test$/m,
          ],
          [`--domain ${DOMAIN} --domain ends-in-a-dash-.test`, /not ends-in-a-dash-\.test$/m],
          [`--domain ''`, /--domain/],
          [
            `--domain ${DOMAIN} --instances 65`,
            /^install\.sh: --instances must be a whole number from 1 to 64$/m,
          ],
          [`--domain ${DOMAIN} --instances 0`, /--instances must/],
          [`--domain ${DOMAIN} --restore not/there.tar`, /--restore not\/there\.tar is not there/],
        ];
        for (const mode of ['--dry-run', ''])
          for (const [options, words] of wrong) {
            const { code, stderr } = await again(`${options} ${mode}`);
            assert.equal(code, 2, `${options} ${mode}`);
            assert.match(stderr, words);
          }
        assert.equal(await everything(machine), before);
      },
    );
    await t.must('install, unpacked by somebody who keeps files from others', async () => {
      await machine.sh('rm -rf /root/frontdesk-*; umask');
      await install(machine, archive, '', 'umask 077');
      assert.equal((await desk.instance(1, '/health/ready')).status, 200);
    });
    await t.step('installed again it changes nothing, and restarts nothing', async () => {
      await machine.sh(`sed -i 's/"waiting": 8/"waiting": 9/' /etc/frontdesk/limits.json`);
      const seen = async () => [
        await everything(machine),
        await machine.sh(
          'systemctl show -P MainPID frontdesk@1 frontdesk@2 frontdesk-worker nginx postgresql',
        ),
        await machine.sh('journalctl -u nginx -o cat | grep -c Reloaded || true'),
      ];
      const before = await seen();
      const { code, stdout, stderr } = await again(`--domain ${DOMAIN}`);
      assert.deepEqual([code, stderr], [0, ''], stdout);
      assert.deepEqual(await seen(), before);
    });
    await t.step('names and addresses are added by another run; the first one stays', async () => {
      const other = await again('--domain other.example.test');
      assert.equal(other.code, 1);
      assert.match(other.stderr, /the first name that is installed is https:\/\/desk\.example\.test/);
      assert.equal((await again(`--domain '*.example.test'`)).code, 2);
      const added = await again(`--domain ${DOMAIN} --domain Other.example.test --domain 2001:db8::7`);
      assert.deepEqual([added.code, added.stderr], [0, ''], added.stdout);
      assert.match(added.stdout, /nginx was reloaded/);
      assert.doesNotMatch(added.stdout, /nginx -t/);
      // nginx takes a moment to replace its workers.
      await until(async () => {
        const served = await machine.sh(
          `openssl s_client -connect 127.0.0.1:443 -servername other.example.test </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName`,
        );
        return /DNS:desk\.example\.test, DNS:other\.example\.test, IP Address:2001:DB8/.test(served);
      });
      const { status } = await desk.curl('https://other.example.test/health/ready', [
        ...['-k', '--resolve', 'other.example.test:443:127.0.0.1'],
      ]);
      assert.equal(status, 200);
    });
    await t.step('after an update the former release says which one does it again', async () => {
      await machine.sh(`sed -i.kept 's/"version": "[^"]*"/"version": "0.9.0"/' ${folder}/release.json`);
      const names = `--domain ${DOMAIN} --domain other.example.test --domain 2001:db8::7`;
      const former = await again(names);
      await machine.sh(`mv ${folder}/release.json.kept ${folder}/release.json`);
      assert.equal(former.code, 1);
      assert.match(former.stderr, /is installed.* \/opt\/frontdesk\/current\/deploy\/install\.sh/);
      const { code, stderr } = await again(names, '/opt/frontdesk/current');
      assert.deepEqual([code, stderr], [0, '']);
    });
    const password = await desk.password('admin');

    await t.step('uninstall.sh --dry-run changes nothing', async () => {
      const before = await everything(machine);
      await machine.sh(`${UNINSTALL} --dry-run; ${UNINSTALL} --purge --dry-run`);
      assert.equal(await everything(machine), before);
    });
    await t.step('uninstall.sh keeps data and settings', async () => {
      await machine.sh('systemctl start frontdesk-backup', { timeout: 60_000 });
      await machine.sh(UNINSTALL, { timeout: 90_000 });
      assert.equal(await machine.sh(`systemctl list-units --all --no-legend 'frontdesk*'`), '');
      assert.equal(await machine.sh('nginx -t -q && ls /etc/nginx/sites-enabled'), 'default');
      assert.equal(await machine.sh('test -e /opt/frontdesk || echo gone'), 'gone');
    });
    await t.step('where another site claims the port, it and Debian’s stay, and are named', async () => {
      await withAnotherSite(machine, async (other) => {
        const { code, stderr } = await again(`--domain ${DOMAIN}`);
        assert.equal(code, 1);
        assert.match(stderr, /duplicate default server for 0\.0\.0\.0:443/);
        assert.match(stderr, new RegExp(`${other}:2: *listen 443 default_server;`));
        assert.match(stderr, /Take default_server out .* again/);
        assert.equal(await machine.sh('cd /etc/nginx/sites-enabled; echo *'), '00-other default');
        await machine.sh('systemctl restart nginx');
        assert.equal(await machine.sh('curl -sS http://127.0.0.1:443/'), 'other');
      });
    });
    await t.step('installed again, people sign in as before', async () => {
      await install(machine, archive);
      await desk.signIn('admin', { password });
      assert.match(await machine.sh('cat /etc/frontdesk/limits.json'), /"waiting": 9/);
    });
    await t.step('a site that nginx would not take later on leaves the old one in place', async () => {
      const site = () =>
        machine.sh('ls -l /etc/nginx/sites-enabled/; cat /etc/nginx/sites-enabled/frontdesk.conf');
      const before = await site();
      await machine.sh(
        'cp -p /etc/frontdesk/nginx-options /root/; echo --no-ipv6 >>/etc/frontdesk/nginx-options',
      );
      await withAnotherSite(machine, async (other) => {
        const { code } = await machine.run(['systemctl', 'start', 'frontdesk-nginx'], { check: false });
        assert.equal(code, 1);
        assert.match(
          await machine.sh('journalctl -u frontdesk-nginx -o cat -n 20'),
          new RegExp(`${other}:2:`),
        );
      });
      assert.equal(await site(), before);
      await machine.sh('cp -p /root/nginx-options /etc/frontdesk/; systemctl start frontdesk-nginx');
      assert.equal(await site(), before);
    });
    await t.step('uninstall.sh --purge leaves the backups, and no other trace', async () => {
      const byHand = await machine.sh('frontdesk backup --json 2>/dev/null');
      assert.match(JSON.parse(byHand).file, /^\/var\/backups\/frontdesk\//);
      // What is kept after a restore on the same machine is not to stop it halfway.
      await machine.sh('runuser -u postgres -- createdb -O frontdesk_owner frontdesk_before');
      const refused = await machine.run(['sh', '-c', `${UNINSTALL} --purge`], { check: false });
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /frontdesk_before; drop them first/);
      await desk.signIn('admin', { password });
      await machine.sh('runuser -u postgres -- dropdb frontdesk_before');
      await machine.sh(`${UNINSTALL} --purge`, { timeout: 90_000 });
      const left = (await traces(machine)).split('\n');
      assert.deepEqual(
        left.filter((path) => !/^\/var\/(?:backups\/frontdesk|log\/nginx\/frontdesk\.)/.test(path)),
        [],
      );
      assert.ok(left.some((path) => path.endsWith('.tar')));
      const state = await machine.sh(
        `getent passwd; getent group; cat $(runuser -u postgres -- psql -A -t -c 'SHOW hba_file' -c 'SHOW ident_file')
       runuser -u postgres -- psql -X -A -t -c 'SELECT rolname FROM pg_roles' -c 'SELECT datname FROM pg_database'`,
      );
      assert.doesNotMatch(state, /frontdesk/);
      assert.equal(await machine.sh('systemctl is-system-running || true'), 'running');
      assert.equal(await machine.sh('curl -sS -o /dev/null -w "%{http_code}" http://127.0.0.1/'), '200');
    });
  },
);
