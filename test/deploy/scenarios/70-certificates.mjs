import assert from 'node:assert/strict';
import { assertAllKept, describeLoad, prepareLoad, underLoad } from '../load/load.mjs';
import { until } from '../support/command.mjs';
import { DOMAIN } from '../support/installation.mjs';
import { scenario } from '../support/suite.mjs';

const PEBBLE = {
  pebble: {
    listenAddress: '127.0.0.1:14000',
    managementListenAddress: '127.0.0.1:15000',
    certificate: '/root/acme/api.crt',
    privateKey: '/root/acme/api.key',
    httpPort: 80,
    tlsPort: 443,
  },
};

/** A certificate authority of our own, that asks the site for its challenges as Let's Encrypt does. */
async function startPebble(machine) {
  await machine.sh(`mkdir -p /root/acme && cat > /root/acme/pebble.json`, { input: JSON.stringify(PEBBLE) });
  await machine.sh(
    `TLS_DIR=/root/acme NAME=api /opt/frontdesk/current/deploy/tls/selfsigned.sh localhost 127.0.0.1`,
  );
  await machine.sh(`echo '127.0.0.1 ${DOMAIN}' >> /etc/hosts`);
  await machine.sh(
    'systemd-run --unit=pebble --setenv=PEBBLE_VA_NOSLEEP=1 pebble -config /root/acme/pebble.json',
  );
  await until(() => machine.sh('curl -sSf --cacert /root/acme/api.crt https://127.0.0.1:14000/dir'), {
    what: 'pebble',
  });
  await machine.sh('curl -sSfk https://127.0.0.1:15000/roots/0 > /root/acme/root.crt');
}

/** Taken by the sockets for every address, as clients from outside are; 127.0.0.1 has sockets of its own. */
const OUTSIDE = '127.0.0.2';
const environment = { REQUESTS_CA_BUNDLE: '/root/acme/api.crt' };

const certbot = (machine) =>
  machine.run(
    [
      '/opt/frontdesk/current/deploy/tls/certbot.sh',
      ...['--email', 'ops@example.org', '--server', 'https://localhost:14000/dir'],
    ],
    { env: environment, timeout: 90_000 },
  );

/** What nginx serves to them: the serial number and the issuer. */
const served = (machine) =>
  machine.sh(
    `openssl s_client -connect ${OUTSIDE}:443 -servername ${DOMAIN} </dev/null 2>/dev/null | openssl x509 -noout -serial -issuer`,
  );

/** A reload resets clients that are idle at that moment: some errors of sockets, but never an answer that is none. */
async function assertOnlyResets(desk, load) {
  const { sent, failed, failures } = load;
  const others = Object.keys(failures).filter((what) => !/ECONNRESET|EPIPE/.test(what));
  assert.deepEqual(others, []);
  assert.ok(failed <= Math.max(16, sent / 50), `${failed} of ${sent}`);
  await assertAllKept(desk, load);
}

scenario('certificates', { minutes: 8 }, async (t, { machine, desk }) => {
  const prepared = await prepareLoad(desk);
  await t.must('a certificate authority (pebble)', () => startPebble(machine));

  await t.step('nginx -s reload under load: its figure', async () => {
    const load = await underLoad(machine, prepared, () => machine.sh('systemctl reload nginx'));
    t.figure('nginx reload', describeLoad(load));
    await assertOnlyResets(desk, load);
  });
  await t.step('issue under load', async () => {
    const load = await underLoad(machine, prepared, () => certbot(machine));
    t.figure('certificate issued', describeLoad(load));
    assert.match(await served(machine), /Pebble/);
    await assertOnlyResets(desk, load);
  });
  await t.step('renewal under load', async () => {
    const before = await served(machine);
    const load = await underLoad(machine, prepared, () =>
      machine.run(['certbot', 'renew', '--force-renewal', '--no-random-sleep-on-renew'], {
        env: environment,
        timeout: 90_000,
      }),
    );
    t.figure('certificate renewed', describeLoad(load));
    const after = await served(machine);
    assert.match(after, /Pebble/);
    assert.notEqual(after, before);
    await assertOnlyResets(desk, load);
  });
  await t.step('a key that is not that of the certificate is not taken', async () => {
    const before = await served(machine);
    const script = `mkdir /root/bad; cp /etc/frontdesk/tls/site.crt /root/bad/fullchain.pem; cp /root/acme/api.key /root/bad/privkey.pem
      RENEWED_LINEAGE=/root/bad /opt/frontdesk/current/deploy/tls/deploy-hook.sh`;
    const { code, stderr } = await machine.run(['sh', '-c', script], { check: false });
    assert.equal(code, 1, stderr);
    assert.equal(await served(machine), before);
  });
  await t.step('a certificate that certbot has and nginx has not is handed over by another run', async () => {
    await machine.sh(
      `NAME=site /opt/frontdesk/current/deploy/tls/selfsigned.sh ${DOMAIN} && systemctl reload nginx`,
    );
    await until(async () => !/Pebble/.test(await served(machine)));
    await certbot(machine);
    await until(async () => /Pebble/.test(await served(machine)));
  });
  await t.step('sslscan: TLS 1.2 and 1.3 only, no weak suite', async () => {
    const said = await machine.sh(`sslscan --no-colour --sni-name=${DOMAIN} ${OUTSIDE}:443`, {
      timeout: 90_000,
    });
    for (const version of ['SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1'])
      assert.match(said, new RegExp(`${version} +disabled`));
    for (const version of ['TLSv1.2', 'TLSv1.3']) assert.match(said, new RegExp(`${version} +enabled`));
    assert.doesNotMatch(said, /Accepted.*(?:CBC|RC4|3DES|-SHA\b|NULL|EXP)/);
    assert.match(said, /not vulnerable to heartbleed/);
  });
  await t.step('testssl.sh: the conditions of an A+', async () => {
    const command = `testssl --quiet --color 0 --warnings off --add-ca /root/acme/root.crt --ip ${OUTSIDE}`;
    const parts = '--protocols --server-defaults --headers --vulnerable --fs';
    const said = await machine.sh(`${command} ${parts} https://${DOMAIN} || true`, { timeout: 280_000 });
    // pebble's certificates name no place to ask for a revocation, and their serial numbers are short; others' are not.
    const ofPebble = /neither CRL nor OCSP|^ Serial /;
    const bad = said.split('\n').filter((line) => /NOT ok/.test(line) && !ofPebble.test(line));
    t.figure('testssl.sh: findings', bad.length);
    assert.deepEqual(bad, []);
    for (const condition of [
      /TLS 1\.3\s+offered \(OK\)/,
      /Forward Secrecy.*offered|FS is offered \(OK\)/,
      /Strict Transport Security\s+730 days/,
      /Chain of trust\s+Ok/i,
    ])
      assert.match(said, condition);
  });
});
