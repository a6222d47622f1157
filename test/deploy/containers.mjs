// Does with deploy/containers what an operator does, with podman, on images that stand in for those that cannot be pulled.
// node test/deploy/containers.mjs
import { fileURLToPath } from 'node:url';
import { missingRequirements, runIsolated } from './containers/isolation.mjs';
import { base } from './support/base.mjs';
import { run } from './support/command.mjs';
import { edit, forgetReleases, makeRelease, makeVariant, sharedReleases } from './support/releases.mjs';
import { join } from 'node:path';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const reasons = await missingRequirements();
if (reasons.length > 0) {
  console.log(`Containers cannot be tested here:\n  ${reasons.join('\n  ')}\n\ntests: 0 passed, 1 failed`);
  process.exit(1);
}

/** One that cannot start, which shows only when it does. */
const broken = (folder) =>
  edit(
    join(folder, 'dist/src/cli.js'),
    (text) => `if (process.argv[2] === 'serve') throw new Error('broken');\n${text}`,
  );

try {
  await run(['nice', process.execPath, '.ci/build.mjs', '--if-stale'], { cwd: ROOT, timeout: 120_000 });
  const made = [await makeRelease(), await makeVariant('1.1.0'), await makeVariant('1.2.0', broken)];
  const [[folder, inGuests]] = sharedReleases();
  const releases = made.map((path) => path.replace(inGuests, folder));
  const inside = fileURLToPath(new URL('containers/inside.mjs', import.meta.url));
  process.exitCode = await runIsolated([process.execPath, inside, await base('trixie'), ...releases]);
} finally {
  forgetReleases();
}
