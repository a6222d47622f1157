import { readFileSync } from 'node:fs';

/** The closing line that .ci/run adds up; under CI a skipped test fails the run unless test/skips.json gives its reason. */
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const {
      numPassedTests: passed,
      numFailedTests: failed,
      numPendingTests: skipped,
      numTodoTests: todo,
    } = results;
    // A suite that could not even start holds no failed test.
    const broken = failed + results.numRuntimeErrorTestSuites;
    const idle = skipped + todo;
    process.stdout.write(
      `\ntests: ${passed} passed, ${broken} failed${idle > 0 ? `, ${idle} skipped` : ''}\n`,
    );
    if (process.env.CI !== 'true') return;
    const reasons = JSON.parse(readFileSync(new URL('../skips.json', import.meta.url), 'utf8'));
    this.unexplained = results.testResults
      .flatMap(({ testResults }) => testResults)
      .filter(
        ({ status, fullName }) =>
          ['pending', 'todo', 'skipped'].includes(status) && reasons[fullName] === undefined,
      )
      .map(({ fullName }) => fullName);
  }

  getLastError() {
    if (!this.unexplained?.length) return undefined;
    return new Error(`skipped without a reason in test/skips.json: ${this.unexplained.join('; ')}`);
  }
}
