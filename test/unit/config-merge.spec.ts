import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import fc from 'fast-check';

const folder = mkdtempSync(join(tmpdir(), 'config-merge-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function merge(...contents: unknown[]): unknown {
  const files = contents.map((content, index) => {
    const path = join(folder, `${index}.json`);
    writeFileSync(path, JSON.stringify(content));
    return path;
  });
  const printed = execFileSync(process.execPath, ['deploy/config-merge.mjs', ...files], { encoding: 'utf8' });
  return JSON.parse(printed);
}

const before = { waiting: 8, account: { failures: 10, minutes: 15 }, dropped: 1, roles: ['a'] };
const after = { waiting: 8, account: { failures: 12, minutes: 15, new: true }, roles: ['a', 'b'] };

test.each([
  ['what was not touched follows the release', before, after],
  [
    'what was tuned stays',
    { ...before, waiting: 9, account: { failures: 3, minutes: 15 } },
    { ...after, waiting: 9, account: { failures: 3, minutes: 15, new: true } },
  ],
  ['what was added stays', { ...before, auditor: ['*:read'] }, { ...after, auditor: ['*:read'] }],
  [
    'what was taken away stays away',
    { account: before.account, dropped: 1, roles: ['a'] },
    { account: after.account, roles: ['a', 'b'] },
  ],
  [
    'a limit over another time stays whole, for half of each would be neither',
    { ...before, account: { failures: 5, minutes: 15 } },
    { ...after, account: { failures: 5, minutes: 15 } },
    { ...after, account: { failures: 100, minutes: 60 } },
  ],
  ['a list is one value', { ...before, roles: ['c'] }, { ...after, roles: ['c'] }],
] as [string, unknown, unknown, unknown?][])('%s', (_what, own, expected, to = after) => {
  expect(merge(before, own, to)).toEqual(expected);
  expect(merge(to, expected, before)).toEqual(own);
});

test('and back again it is what the operator had', () => {
  const values = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(1, 2, 'x'));
  fc.assert(
    fc.property(values, values, (own, other) => {
      const from = { a: 1, b: 1 };
      // What both changed, to the same value, cannot be told apart on the way back.
      fc.pre(Object.entries(own).every(([key, value]) => other[key] !== value));
      fc.pre(Object.keys(own).length + Object.keys(other).length > 0);
      const there = merge(from, { ...from, ...own }, { ...from, ...other });
      expect(merge({ ...from, ...other }, there, from)).toEqual({ ...from, ...own });
    }),
    { numRuns: 15 },
  );
});
