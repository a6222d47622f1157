import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const dir = mkdtempSync(join(tmpdir(), 'config-'));
const before = process.env.CONFIG_DIR;
process.env.CONFIG_DIR = dir;
// Read while this module is loaded, so it must be set before.
const { ConfigError } = await import('../../config/env.js');
const { readConfigFile } = await import('../../config/files.js');
if (before === undefined) delete process.env.CONFIG_DIR;
else process.env.CONFIG_DIR = before;

const path = join(dir, 'desk.json');
const schema = z.strictObject({ rank: z.int(), inner: z.strictObject({ name: z.string() }) });

function linesFor(content: string): string[] {
  writeFileSync(path, content);
  try {
    readConfigFile('desk.json', schema);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
}

describe('a file of CONFIG_DIR', () => {
  beforeEach(() => rmSync(path, { force: true }));
  afterAll(() => rmSync(dir, { recursive: true }));

  test('is read and checked', () => {
    writeFileSync(path, '{"rank": 1, "inner": {"name": "x"}}');
    expect(readConfigFile('desk.json', schema)).toEqual({ rank: 1, inner: { name: 'x' } });
  });

  test('that is not there, or no JSON, is named', () => {
    expect(() => readConfigFile('desk.json', schema)).toThrow(`${path} cannot be read: ENOENT`);
    expect(linesFor('{"rank":')).toEqual([expect.stringContaining(`${path} cannot be read: `)]);
  });

  test('is refused with a line for each bad place', () => {
    const lines = linesFor('{"rank": 1.5, "inner": {"name": 7, "nmae": "x"}}');
    expect(lines).toHaveLength(3);
    expect(lines.map((line) => line.slice(path.length, line.indexOf(': ', path.length + 2)))).toEqual([
      ': rank',
      ': inner.name',
      ': inner',
    ]);
    expect(linesFor('[]')).toEqual([expect.stringContaining(`${path}: (whole file): `)]);
  });
});
