// What containers.mjs runs where podman can leave nothing behind. Usage: inside.mjs TREE RELEASE NEWER BROKEN
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assertAllKept, describeLoad, prepareLoad, underLoad } from '../load/load.mjs';
import { run, until } from '../support/command.mjs';
import { DOMAIN } from '../support/installation.mjs';
import { conclude, runScenarios, scenario } from '../support/suite.mjs';
import { ContainedDesk, host, inside, inspect } from './desk.mjs';
import { IMAGES, makeStandIns } from './stand-ins.mjs';

const [tree, release, newer, broken] = process.argv.slice(2);
const MINUTES = 60_000;
const WORK = process.env.CONTAINERS_WORK;
/** Where the operator has put what is in the release. */
const FOLDER = join(WORK, 'desk');
const SERVICES = ['database', 'instance1', 'instance2', 'worker', 'nginx'];
const ENVIRONMENT = {
  ...process.env,
  ...IMAGES,
  ...{ ENGINE: 'podman', COMPOSE: 'podman-compose', PULL: '' },
};
const LOAD = { rate: 20, connections: 4 };

/** Runs a command in the operator's folder. */
const operate = (command, options = {}) =>
  run(command, { cwd: FOLDER, env: ENVIRONMENT, timeout: 5 * MINUTES, ...options });

const version = (name) =>
  inside(name, 'cat /opt/frontdesk/current/release.json').then((text) => JSON.parse(text).version);

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

scenario('from a release to an update', { minutes: 30 }, async (t) => {
  const desk = new ContainedDesk();
  const isReady = async () => (await desk.ask('/health/ready')).status === 200;

  await t.must('images that stand in for Debian, nginx and PostgreSQL', () => makeStandIns(tree, WORK));
  cpSync(join(dirname(release), 'frontdesk-1.0.0/deploy/containers'), FOLDER, { recursive: true });

  await t.must('setup.sh builds the image and makes what compose.yaml needs', async () => {
    const { stdout } = await operate(['./setup.sh', release, DOMAIN]);
    assert.match(stdout, /ready: podman-compose up -d/);
  });

  await t.must('up: ready through nginx', async () => {
    const started = performance.now();
    await operate(['podman-compose', 'up', '-d']);
    await until(isReady, { timeout: 2 * MINUTES, every: 250, what: 'an answer of ready' });
    t.figure('from up to ready', seconds(performance.now() - started));
    assert.equal(await inspect('migrate', '{{.State.Status}} {{.State.ExitCode}}'), 'exited 0');
  });

  const prepared = await t.must('sign in as admin, write a ticket, read it back', async () => {
    const { token, employeeId, ticketId } = await prepareLoad(desk);
    const read = await desk.ask(`/api/v1/tickets/${ticketId}`, ['-H', `Authorization: Bearer ${token}`]);
    assert.equal(read.body.title, 'Load');
    return { token, employeeId, ticketId };
  });

  const stillKnows = async () => {
    const { token, ticketId } = prepared;
    const read = await desk.ask(`/api/v1/tickets/${ticketId}`, ['-H', `Authorization: Bearer ${token}`]);
    assert.equal(read.body.title, 'Load');
  };

  await t.step('nobody is root, may gain rights, or write outside of its folders', async () => {
    for (const name of SERVICES) {
      const [user, capabilities, gains] = (
        await inside(name, `awk '/^Uid|^CapBnd|^NoNewPrivs/ { print $2 }' /proc/1/status`)
      ).split('\n');
      assert.notEqual(user, '0', name);
      const written = await inside(name, 'touch /opt/written /etc/written /var/lib/written 2>&1 || true');
      assert.equal(written.match(/Read-only file system/g)?.length, 3, `${name}: ${written}`);
      // PostgreSQL begins as root, to own its folder.
      if (name !== 'database') assert.deepEqual([capabilities, gains], ['0000000000000000', '1'], name);
    }
  });

  await t.step('only nginx has a port', async () => {
    const ports = await host.sh(`podman ps --all --format '{{.Names}} {{.Ports}}' | grep -- '->'`);
    assert.equal(ports, 'frontdesk-nginx 0.0.0.0:80->80/tcp, 0.0.0.0:443->443/tcp, 0.0.0.0:443->443/udp');
  });

  await t.step('every health check says healthy, when it is asked', async () => {
    for (const name of SERVICES.filter((one) => one !== 'worker'))
      await run(['podman', 'healthcheck', 'run', `frontdesk-${name}`]);
  });

  await t.step(
    'update to another release: no failed request, nothing lost, the token still good',
    async () => {
      let said;
      const load = await underLoad(
        host,
        prepared,
        async () => (said = await operate(['./update.sh', newer])),
        LOAD,
      );
      t.figure('update', `${describeLoad(load)}, ${seconds(said.ms)}`);
      assert.deepEqual(load.failures, {});
      await assertAllKept(desk, load);
      for (const name of ['instance1', 'instance2', 'worker']) assert.equal(await version(name), '1.1.0');
      await stillKnows();
    },
  );

  await t.step('a release that does not start: back by itself, no failed request', async () => {
    let said;
    const load = await underLoad(
      host,
      prepared,
      async () => (said = await operate(['./update.sh', broken], { check: false })),
      LOAD,
    );
    t.figure('update that fails and goes back', `${describeLoad(load)}, ${seconds(said.ms)}`);
    assert.equal(said.code, 1, said.stdout);
    assert.match(said.stderr, /back on the image of before/);
    assert.deepEqual(load.failures, {});
    await assertAllKept(desk, load);
    for (const name of ['instance1', 'instance2', 'worker']) assert.equal(await version(name), '1.1.0');
  });

  await t.step('newer images of nginx and PostgreSQL: the weekly update takes them', async () => {
    await makeStandIns(tree, WORK, 'newer');
    const before = await Promise.all(['database', 'nginx'].map((name) => inspect(name, '{{.Image}}')));
    let said;
    const load = await underLoad(host, prepared, async () => (said = await operate(['./update.sh'])), LOAD);
    t.figure('update with newer nginx and PostgreSQL', `${describeLoad(load)}, ${seconds(said.ms)}`);
    const after = await Promise.all(['database', 'nginx'].map((name) => inspect(name, '{{.Image}}')));
    for (const [index, image] of after.entries()) assert.notEqual(image, before[index]);
    await until(isReady, { what: 'an answer of ready' });
    for (const name of ['instance1', 'instance2', 'worker']) assert.equal(await version(name), '1.1.0');
    await assertAllKept(desk, load);
    await stillKnows();
    // The one that runs, and the one to go back to.
    const images = await host.sh(
      'podman images --quiet --filter label=org.opencontainers.image.title=frontdesk | sort -u | wc -l',
    );
    assert.equal(images, '2');
  });

  await t.step('commands of the operator: back up, list the users, reload nginx', async () => {
    const { stdout } = await operate(['podman-compose', 'run', '--rm', '-T', 'migrate', 'backup']);
    const [, file] = /\/var\/lib\/frontdesk\/backups\/(\S+\.tar)/.exec(stdout);
    await operate(['podman', 'cp', 'frontdesk-worker:/var/lib/frontdesk/backups', '.']);
    assert.match(await host.sh(`tar -tf ${join(FOLDER, 'backups', file)}`), /database/);
    assert.match(await inside('worker', '/opt/frontdesk/current/bin/frontdesk user list'), /\tadmin\t/);
    await inside('nginx', 'nginx -c /etc/frontdesk/nginx.conf -s reload');
    await until(isReady, { what: 'an answer of ready' });
  });

  await t.step('kill -9 of an instance: it comes back by itself', async () => {
    const pid = Number(await inspect('instance1', '{{.State.Pid}}'));
    let back;
    const load = await underLoad(
      host,
      prepared,
      async () => {
        process.kill(pid, 'SIGKILL');
        const started = performance.now();
        await until(() => desk.isInstanceReady(1), {
          timeout: MINUTES,
          every: 100,
          what: 'the return of instance 1',
        });
        back = performance.now() - started;
      },
      LOAD,
    );
    t.figure('kill -9 of one instance', `${describeLoad(load)}, ready again after ${seconds(back)}`);
    assert.notEqual(Number(await inspect('instance1', '{{.State.Pid}}')), pid);
    assert.deepEqual(load.failures, {});
    await assertAllKept(desk, load);
  });

  await t.step('all stopped, and started as podman-restart.service does after a boot', async () => {
    await run(['podman', 'stop', '--all', '--time', '15'], { timeout: MINUTES * 2 });
    const started = performance.now();
    await run(['podman', 'start', '--all', '--filter', 'restart-policy=always'], { timeout: MINUTES });
    await until(isReady, { timeout: MINUTES, every: 250, what: 'an answer of ready' });
    t.figure('from the start of all to ready', seconds(performance.now() - started));
    await stillKnows();
  });
});

const { stdout } = await run(['podman', '--version']);
await runScenarios(stdout.trim().replace(' version', ''), {}, (one, body) => body({}));
process.exit(conclude());
