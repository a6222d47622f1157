// node test/guards/alone.mjs SPEC ...: runs each test of these specs by itself, and fails where one needs another.
import { isInterrupted, ROOT, runSpec, withPostgres } from './specs.mjs';

const exactly = (name) => `^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;

/** @returns the tests of a spec that do not pass by themselves. */
async function dependent(spec) {
  const { passed, failed, broken, output } = await runSpec(ROOT, spec);
  if (broken !== undefined) console.log(output);
  const found = broken === undefined ? failed.map((name) => `${name} (nor with the others)`) : [spec];
  for (const name of passed) {
    if (isInterrupted()) break;
    const alone = await runSpec(ROOT, spec, exactly(name));
    if (alone.passed.length > 0 && alone.failed.length === 0 && alone.broken === undefined) continue;
    console.log(alone.output);
    found.push(name);
  }
  console.log(`${spec}: ${passed.length} tests, ${found.length} of which do not pass alone`);
  for (const name of found) console.log(`  ${name}`);
  return { passed: passed.length + failed.length - found.length, failed: found.length };
}

const sums = { passed: 0, failed: 0 };
await withPostgres(async () => {
  for (const spec of process.argv.slice(2)) {
    if (isInterrupted()) break;
    const { passed, failed } = await dependent(spec);
    sums.passed += passed;
    sums.failed += failed;
  }
});
console.log(`\ntests: ${sums.passed} passed, ${sums.failed} failed`);
process.exitCode = sums.failed > 0 || isInterrupted() ? 1 : 0;
