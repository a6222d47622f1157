import assert from 'node:assert/strict';
import { until } from '../support/command.mjs';
import { DOMAIN } from '../support/installation.mjs';
import { scenario } from '../support/suite.mjs';

scenario('through nginx', { core: true }, async (t, { machine, desk }) => {
  await t.step('nginx -t has nothing to say', async () => {
    const { stderr } = await machine.run(['nginx', '-t']);
    assert.doesNotMatch(stderr, /warn|emerg/);
  });
  await t.step('sign in, read, write', async () => {
    const token = await desk.signIn('admin');
    const headers = ['-H', `Authorization: Bearer ${token}`];
    const me = await desk.ask('/api/v1/me', headers);
    assert.deepEqual([me.status, me.body.username], [200, 'admin']);
    assert.equal(me.headers['strict-transport-security'], 'max-age=63072000');
    const body = JSON.stringify({ first_name: 'Edith', last_name: 'Crane', email: 'edith@example.org' });
    const made = await desk.ask('/api/v1/employees', [
      ...headers,
      '-H',
      'Content-Type: application/json',
      '-d',
      body,
    ]);
    assert.equal(made.status, 201);
  });
  await t.step('both instances answer', async () => {
    const seen = new Set();
    for (let index = 0; index < 20; index += 1)
      seen.add((await desk.ask('/api/v1/me')).headers['x-instance-id']);
    assert.deepEqual([...seen].sort(), ['1', '2']);
  });
  await t.step('port 80 leads to https; a foreign name is refused', async () => {
    const plain = await desk.curl(`http://${DOMAIN}/docs`, ['--resolve', `${DOMAIN}:80:127.0.0.1`]);
    assert.deepEqual([plain.status, plain.headers.location], [301, `https://${DOMAIN}/docs`]);
    const foreign = await desk.ask('/docs', ['-H', 'Host: evil.example']);
    assert.equal(foreign.status, 421);
  });
  await t.step('localhost works on the machine itself', async () => {
    const { status, body } = await desk.curl('https://localhost/health/ready', ['--insecure']);
    assert.deepEqual([status, body.status], [200, 'ok']);
  });
  await t.step('metrics: closed outside, each instance on the loopback', async () => {
    assert.equal((await desk.ask('/metrics')).status, 404);
    const { status, body } = await desk.curl('http://127.0.0.1:9180/metrics/2');
    assert.equal(status, 200);
    assert.match(body, /http_request_duration_seconds/);
  });
  await t.step('an instance that is enabled later joins the site, and leaves it', async () => {
    await machine.sh('systemctl enable --now frontdesk@3', { timeout: 70_000 });
    const answers = async () => {
      const seen = new Set();
      for (let index = 0; index < 30; index += 1)
        seen.add((await desk.ask('/api/v1/me')).headers['x-instance-id']);
      return seen;
    };
    await machine.sh('systemctl start frontdesk-nginx', { timeout: 30_000 });
    // nginx takes a moment to replace its workers.
    await until(async () => (await answers()).has('3'));
    await machine.sh(
      'systemctl disable --now frontdesk@3.service frontdesk@3.socket && systemctl start frontdesk-nginx',
    );
    await until(async () => [...(await answers())].sort().join() === '1,2');
  });
  await t.step(
    'reload reads the files to tune anew; a broken one keeps the old, and the log says so',
    async () => {
      const file = '/etc/frontdesk/permissions.json';
      const token = await desk.signIn('support');
      const read = async () =>
        (await desk.ask('/api/v1/users', ['-H', `Authorization: Bearer ${token}`])).status;
      const untilRead = (status) => until(async () => (await read()) === status && (await read()) === status);
      assert.equal(await read(), 403);
      await machine.sh(`cp ${file} /root/; sed -i '/"support"/,/permissions/s/\\[/["user:read", /' ${file}`);
      await machine.sh('systemctl reload frontdesk@1 frontdesk@2 frontdesk-worker');
      await untilRead(200);
      await machine.sh(`echo broken > ${file}; systemctl reload frontdesk@1 frontdesk@2`);
      await until(() =>
        machine.sh(`journalctl -u 'frontdesk@*' -o cat --since -20s | grep permissions.json`),
      );
      assert.equal(await read(), 200);
      await machine.sh(
        `cp /root/permissions.json ${file}; chgrp frontdesk ${file}; systemctl reload frontdesk@1 frontdesk@2`,
      );
      await untilRead(403);
    },
  );
  await t.step('maintenance: announced, closed, and told by nginx when nothing runs', async () => {
    await machine.sh('frontdesk maintenance on --now --mode full --yes');
    const closed = await until(async () => {
      const answer = await desk.ask('/api/v1/users');
      return answer.status === 503 && answer;
    });
    assert.equal(closed.body.code, 'maintenance');
    assert.ok(closed.headers['retry-after']);
    await machine.sh('systemctl stop frontdesk.target');
    await until(async () => (await machine.sh('ls /run/frontdesk')) === '', { what: 'the stop' });
    const down = await desk.ask('/api/v1/users');
    assert.deepEqual(
      [down.status, down.headers['content-type'], down.body.code],
      [503, 'application/problem+json', 'maintenance'],
    );
    const page = await desk.ask('/api/v1/users', ['-H', 'Accept: text/html']);
    assert.deepEqual([page.status, page.headers['content-type']], [503, 'text/html']);
    await machine.sh('systemctl start frontdesk.target');
    for (const number of [1, 2]) await desk.isReady(number);
    await machine.sh('frontdesk maintenance off');
    await until(async () => (await desk.ask('/api/v1/users')).status === 401);
  });
});
