// npm run test:long: what takes too long for every `npm test`, one after the other, with one closing line for all.
import { spawn } from 'node:child_process';

const SCRIPTS = ['test:slow', 'test:guards'];

/** Shows what a script prints while it runs. @returns its closing line in numbers. */
async function run(script) {
  console.log(`== npm run ${script}`);
  const child = spawn('npm', ['run', '--silent', script], { stdio: ['inherit', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    process.stdout.write(text);
    output += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  const [, passed = 0, failed = 0] =
    [...output.matchAll(/^tests: (\d+) passed, (\d+) failed/gm)].at(-1) ?? [];
  // One that ended without telling is one that failed.
  return { passed: Number(passed), failed: Number(failed) || (code === 0 ? 0 : 1) };
}

const sums = { passed: 0, failed: 0 };
for (const script of SCRIPTS) {
  const { passed, failed } = await run(script);
  sums.passed += passed;
  sums.failed += failed;
}
console.log(`\ntests: ${sums.passed} passed, ${sums.failed} failed`);
process.exitCode = sums.failed > 0 ? 1 : 0;
