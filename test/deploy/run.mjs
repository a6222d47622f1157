// Boots Debian with systemd, nginx and PostgreSQL, and does with Frontdesk what an operator does.
// npm run test:deploy [-- --core] [--suite bookworm|trixie] [--only TEXT]...
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { destroyAll } from './support/machine.mjs';
import { forgetReleases } from './support/releases.mjs';
import { missingRequirements } from './support/requirements.mjs';
import { conclude, runScenarios } from './support/suite.mjs';
import { forgetInstalled, startWorld } from './support/world.mjs';

/** Its name in test/skips.json. */
const SKIPPED = 'deployment on a booted Debian';
const SUITES = ['bookworm', 'trixie'];

const { values } = parseArgs({
  options: {
    core: { type: 'boolean', default: false },
    suite: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
  },
});
// The short list knows one Debian: it is to be quick.
const suites = values.suite ?? (values.core ? SUITES.slice(0, 1) : SUITES);
const unknown = suites.filter((suite) => !SUITES.includes(suite));
if (unknown.length > 0) {
  console.error(`--suite ${unknown[0]} is not known: ${SUITES.join(' or ')}`);
  process.exit(2);
}

const reasons = await missingRequirements(suites);
if (reasons.length > 0) {
  console.log(`The deployment cannot be tested here:\n  ${reasons.join('\n  ')}`);
  // As with every skipped test: under CI it is a failure unless its reason is known.
  const known = JSON.parse(readFileSync(new URL('../skips.json', import.meta.url), 'utf8'));
  const isExplained = process.env.CI === 'true' && known[SKIPPED] !== undefined;
  if (isExplained) console.log(`skipped "${SKIPPED}": ${known[SKIPPED]}`);
  console.log(isExplained ? '\ntests: 0 passed, 0 failed, 1 skipped' : '\ntests: 0 passed, 1 failed');
  process.exit(isExplained ? 0 : 1);
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => void destroyAll().then(() => process.exit(130)));
}
const folder = fileURLToPath(new URL('scenarios/', import.meta.url));
for (const file of readdirSync(folder).sort())
  await import(new URL(`scenarios/${file}`, import.meta.url).href);
for (const suite of suites) await runScenarios(suite, values, startWorld(suite, values));
await destroyAll();
forgetInstalled();
forgetReleases();
process.exit(conclude());
