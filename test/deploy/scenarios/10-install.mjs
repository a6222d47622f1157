import assert from 'node:assert/strict';
import { commit } from '../../../.ci/commit.mjs';
import { install } from '../support/installation.mjs';
import { makeRelease, VERSION } from '../support/releases.mjs';
import { scenario } from '../support/suite.mjs';
import { keepInstalled } from '../support/world.mjs';

scenario('install on a clean Debian', { core: true, from: 'debian' }, async (t, { machine, desk }) => {
  const archive = await t.must('make the release', makeRelease);
  await t.must('install', async () => {
    const said = await install(machine, archive);
    assert.match(said, /first users/);
  });
  await t.step('an instance serves on its socket', async () => {
    const { body } = await desk.instance(1, '/health/ready');
    const id = commit()?.id ?? 'unknown';
    assert.deepEqual([body.status, body.version, body.commit], ['ok', VERSION, id]);
    assert.equal(await machine.sh('frontdesk --version'), `frontdesk ${VERSION} (commit ${id})`);
  });
  await keepInstalled(machine);
});
