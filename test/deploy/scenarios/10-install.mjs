import assert from 'node:assert/strict';
import { install } from '../support/installation.mjs';
import { makeRelease } from '../support/releases.mjs';
import { scenario } from '../support/suite.mjs';
import { keepInstalled } from '../support/world.mjs';

scenario('install on a clean Debian', { core: true, from: 'debian' }, async (t, { machine, desk }) => {
  const archive = await t.must('make the release', makeRelease);
  await t.must('install', async () => {
    const said = await install(machine, archive);
    assert.match(said, /first users/);
  });
  await t.step('an instance serves on its socket', async () => {
    const { status, body } = await desk.instance(1, '/health/ready');
    assert.deepEqual([status, body.status], [200, 'ok']);
  });
  await keepInstalled(machine);
});
