import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const dir = mkdtempSync(join(tmpdir(), 'config-limits-'));
afterAll(() => rmSync(dir, { recursive: true }));
const before = process.env.CONFIG_DIR;
process.env.CONFIG_DIR = dir;
// Read while this module is loaded, so it must be set before.
const { readLimits } = await import('../../config/limits.js');
if (before === undefined) delete process.env.CONFIG_DIR;
else process.env.CONFIG_DIR = before;

const shipped = JSON.parse(readFileSync('config/limits.json', 'utf8')) as {
  sign_in: Record<string, unknown>;
};

/** What is understood of a file with these limits, and what is told of it. */
function read(account: unknown, account_from_address?: unknown) {
  const sign_in = { ...shipped.sign_in, account, account_from_address };
  writeFileSync(join(dir, 'limits.json'), JSON.stringify({ ...shipped, sign_in }));
  const lines: string[] = [];
  const limits = readLimits((line) => lines.push(line));
  return { account: limits.sign_in.account, from: limits.sign_in.account_from_address, lines };
}

const limit = (failures: number, minutes: number) => ({ failures, minutes });
const ACCOUNT = limit(100, 60);

test('limits.json as shipped takes 10 in 15 minutes from an address, and 100 in an hour in all', () => {
  const { account, account_from_address } = shipped.sign_in;
  expect(read(account, account_from_address)).toEqual({ account: ACCOUNT, from: limit(10, 15), lines: [] });
});

test('limits.json as an operator tuned it is taken as it is', () => {
  expect(read(limit(40, 30), limit(4, 15))).toEqual({
    account: limit(40, 30),
    from: limit(4, 15),
    lines: [],
  });
});

test.each([
  ['as 0.1.0 shipped it', limit(10, 15), undefined],
  ['as tuned for 0.1.0', limit(5, 15), undefined],
  ['as tuned for 0.1.0, with another window', limit(5, 30), undefined],
  ['as an update has carried it over', limit(5, 15), limit(10, 15)],
])('limits.json %s means an account from one address, and one line says so', (_what, account, from) => {
  const understood = read(account, from);
  expect(understood).toMatchObject({ account: ACCOUNT, from: account });
  expect(understood.lines).toEqual([
    `limits.json: sign_in.account (${account.failures} in ${account.minutes} minutes) is from 0.1.0 and is taken as ` +
      'account_from_address; account is 100 in 60. Write both as this release ships them.',
  ]);
});
