import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  forgetInitialPassword,
  initialPasswordsPath,
  keepInitialPasswords,
  renameInitialPassword,
} from '../../src/users/initial-passwords.js';

const NAMES = Array.from({ length: 20 }, (_, index) => `user${index}`);

describe('the file of first passwords', () => {
  const dir = mkdtempSync(join(tmpdir(), 'passwords-'));
  const path = initialPasswordsPath(dir);
  const names = () =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ', 1)[0]);
  beforeEach(() =>
    keepInitialPasswords(
      dir,
      NAMES.map((username) => ({ username, password: `${username}-Secret` })),
    ),
  );
  afterAll(() => rmSync(dir, { recursive: true }));

  test('loses exactly the lines of those whose passwords change at the same time', async () => {
    await Promise.all(NAMES.slice(0, 15).map((name) => forgetInitialPassword(dir, name)));
    expect(names()).toEqual(NAMES.slice(15));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(['initial-passwords']);
    await Promise.all(NAMES.slice(15).map((name) => forgetInitialPassword(dir, name)));
    expect(existsSync(path)).toBe(false);
    await forgetInitialPassword(dir, 'user0');
  });

  test('knows a name from the beginning of another, and follows a new name', async () => {
    await forgetInitialPassword(dir, 'user1');
    expect(names()).toEqual(NAMES.filter((name) => name !== 'user1'));
    await renameInitialPassword(dir, 'user10', 'dora.marsh');
    expect(readFileSync(path, 'utf8')).toContain('\ndora.marsh user10-Secret\n');
    await forgetInitialPassword(dir, 'dora.marsh');
    expect(names()).toEqual(NAMES.filter((name) => name !== 'user1' && name !== 'user10'));
  });
});
