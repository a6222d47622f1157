import { readFileSync } from 'node:fs';

const scenarios = [];
const results = { passed: 0, failures: [], skipped: 0 };
/** As of jest's tests: under CI a skipped one is a failure, unless its reason is known. */
const knownSkips = JSON.parse(readFileSync(new URL('../../skips.json', import.meta.url), 'utf8'));
const figures = [];

/**
 * Registers a scenario: steps that share one booted machine.
 * @param options.core part of the short list. @param options.minutes after which it is given up.
 * @param options.unable why it cannot be run here, or undefined; then it is skipped, and the reason is told.
 */
export function scenario(name, options, body) {
  scenarios.push({ name, core: false, minutes: 5, suites: undefined, ...options, body });
}

const seconds = (started) => `${((performance.now() - started) / 1000).toFixed(1)} s`;

function within(promise, limit) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done in ${limit / 60_000} minutes`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** What a scenario's body is given. */
class Steps {
  constructor(suite, name) {
    Object.assign(this, { suite, name });
  }

  /** One test. After a failure the scenario goes on, unless `fatal`. */
  async step(what, work, { fatal = false } = {}) {
    const started = performance.now();
    try {
      const value = await work();
      if (this.isOver) return value;
      results.passed += 1;
      console.log(`  ok    ${what} (${seconds(started)})`);
      return value;
    } catch (error) {
      // The machine is gone; that it came to this was told.
      if (this.isOver) throw error;
      results.failures.push(`${this.suite}: ${this.name}: ${what}`);
      console.log(`  FAIL  ${what} (${seconds(started)})\n${String(error.stack).replace(/^/gm, '        ')}`);
      const words = await this.lastWords?.();
      if (words) console.log(words.replace(/^/gm, '        '));
      if (fatal) throw Object.assign(new Error(`the rest of "${this.name}" was not run`), { told: true });
      return undefined;
    }
  }

  must(what, work) {
    return this.step(what, work, { fatal: true });
  }

  /** A measured value, for the table at the end. */
  figure(what, value) {
    figures.push({ suite: this.suite, what, value });
    console.log(`        ${what}: ${value}`);
  }
}

function skip(suite, name, reason) {
  const isExplained = process.env.CI !== 'true' || knownSkips[`deployment: ${name}`] !== undefined;
  if (isExplained) results.skipped += 1;
  else results.failures.push(`${suite}: ${name}: skipped, and its reason is not in test/skips.json`);
  console.log(`  skipped "deployment: ${name}": ${reason}`);
}

/**
 * Runs the scenarios in the order in which they were registered.
 * @param start gives each its machine, and ends it. `lastWords` of what it gives is printed below a failure.
 */
export async function runScenarios(suite, { core, only }, start) {
  const wanted = scenarios.filter(
    (one) =>
      (!core || one.core) &&
      (!only || only.some((text) => one.name.includes(text))) &&
      (one.suites ?? [suite]).includes(suite),
  );
  for (const one of wanted) {
    const { name, minutes, body } = one;
    const started = performance.now();
    console.log(`\n${suite}: ${name}`);
    const steps = new Steps(suite, name);
    const reason = await one.unable?.();
    if (reason !== undefined) {
      skip(suite, name, reason);
      continue;
    }
    try {
      await start(one, (world) => {
        steps.lastWords = world.lastWords;
        return within(body(steps, world), minutes * 60_000);
      });
    } catch (error) {
      steps.isOver = true;
      if (!error.told) results.failures.push(`${suite}: ${name}`);
      console.log(`  ${error.told ? error.message : error.stack}`);
    }
    console.log(`  ${seconds(started)}`);
  }
}

/** Prints figures, failures and the closing line. @returns the exit code. */
export function conclude() {
  if (figures.length > 0) {
    console.log(`\n| figure | ${[...new Set(figures.map(({ suite }) => suite))].join(' | ')} |`);
    const suites = [...new Set(figures.map(({ suite }) => suite))];
    console.log(`|---|${suites.map(() => '---|').join('')}`);
    for (const what of new Set(figures.map((one) => one.what))) {
      const cells = suites.map(
        (suite) => figures.find((one) => one.what === what && one.suite === suite)?.value ?? '',
      );
      console.log(`| ${what} | ${cells.join(' | ')} |`);
    }
  }
  if (results.failures.length > 0) console.log(`\nfailed:\n  ${results.failures.join('\n  ')}`);
  const skipped = results.skipped === 0 ? '' : `, ${results.skipped} skipped`;
  console.log(`\ntests: ${results.passed} passed, ${results.failures.length} failed${skipped}`);
  return results.failures.length === 0 && results.passed > 0 ? 0 : 1;
}
