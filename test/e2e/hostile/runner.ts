import { afterAll, beforeAll, describe, it } from '@jest/globals';
import type { Queryable } from '../../../src/platform/database/database.js';
import type { Case, Refusal, Scenario } from './case.js';
import { assertExpected } from './rules.js';
import { untouched } from './untouched.js';

/** What a theme's attacks are made against; its requests hold every answer to the rules. */
interface Target {
  database: Queryable;
  /** SQLSTATEs that PostgreSQL has answered, where they can be heard. */
  heard?: { errors: string[] };
  close(): Promise<void>;
}

const LONGEST_MS = 60_000;

// Class 42, syntax error or access rule violation: text of a client's was taken for SQL.
const INJECTED = /^42/;

async function run<W extends Target>(row: Refusal<W>, world: W): Promise<void> {
  await untouched(world.database, async () => {
    for (const [index, request] of row.requests.entries()) {
      try {
        assertExpected(await request(world), row.expected);
      } catch (error) {
        throw new Error(`request ${index + 1} of ${row.requests.length}: ${(error as Error).message}`, {
          cause: error,
        });
      }
    }
  });
  await row.afterwards?.(world);
}

const isEarly = <W>(row: Case<W>): row is Scenario<W> => 'scenario' in row && row.early === true;

/** One test for each row of a theme. */
export function runTheme<W extends Target>(
  theme: string,
  open: () => Promise<W>,
  cases: readonly Case<W>[],
): void {
  describe(`hostile: ${theme}`, () => {
    let world: W;
    const begun = new Map<Case<W>, Promise<void>>();

    beforeAll(async () => {
      world = await open();
      for (const row of cases.filter(isEarly)) {
        const running = row.scenario(world);
        running.catch(() => undefined); // Its own test reports it.
        begun.set(row, running);
      }
    }, LONGEST_MS);
    afterAll(async () => {
      // Also those whose own test was not asked for.
      await Promise.allSettled(begun.values());
      await world.close();
    }, LONGEST_MS);

    for (const row of cases) {
      if ('deploy' in row) continue;
      it(
        `${row.no}: ${row.what}`,
        async () => {
          if ('scenario' in row) await (begun.get(row) ?? row.scenario(world));
          else await run(row, world);
          const injected = (world.heard?.errors.splice(0) ?? []).filter((state) => INJECTED.test(state));
          if (injected.length > 0)
            throw new Error(`PostgreSQL was sent what it could not read: ${injected.join()}`);
        },
        LONGEST_MS,
      );
    }
  });
}
