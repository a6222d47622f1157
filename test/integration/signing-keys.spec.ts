import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { type Config, loadConfig } from '../../config/env.js';
import { listKeys, rotateKeys } from '../../src/auth/keys/key.rotation.js';
import { openKeyRing } from '../../src/auth/keys/key.store.js';
import { KeyWatch } from '../../src/auth/keys/key.watch.js';
import { Database } from '../../src/platform/database/database.js';
import { openDataSource } from '../support/data-source.js';
import { cloneDatabase, type TestDatabase } from '../support/database.js';

let clone: TestDatabase;
let dataSource: DataSource;
let database: Database;
let dataDir: string;
beforeAll(async () => {
  clone = await cloneDatabase();
  dataSource = await openDataSource(clone.appUrl);
  database = new Database(dataSource);
});
afterAll(async () => {
  await dataSource.destroy();
  await clone.drop();
});
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'keys-'));
  await database.query({ text: 'DELETE FROM signing_keys' });
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const configOf = (environment: Record<string, string> = {}): Config =>
  loadConfig({ DATA_DIR: dataDir, ...environment });
const path = (): string => join(dataDir, 'sealing-key');
const ours = Buffer.alloc(32, 7).toString('base64');
const others = Buffer.alloc(32, 8).toString('base64');

describe('the first start', () => {
  it('makes one key of each kind, and a sealing key for its owner alone', async () => {
    const ring = await openKeyRing(configOf(), database);
    expect(ring.jwks.keys.map(({ alg }) => alg)).toEqual(['ES256', 'RS256']);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(Buffer.from(readFileSync(path(), 'utf8'), 'base64')).toHaveLength(32);
    const stored = await database.query<{ sealed_private_jwk: Buffer; public_jwk: object }>({
      text: 'SELECT sealed_private_jwk, public_jwk FROM signing_keys',
    });
    for (const { sealed_private_jwk, public_jwk } of stored) {
      expect(sealed_private_jwk.toString('latin1')).not.toContain('"d"');
      expect(public_jwk).not.toHaveProperty('d');
    }
  });

  it('of several instances at once makes one set', async () => {
    const rings = await Promise.all(Array.from({ length: 4 }, () => openKeyRing(configOf(), database)));
    const kids = rings.map(({ jwks }) => jwks.keys.map(({ kid }) => kid).join());
    expect(new Set(kids).size).toBe(1);
    expect(new Set(rings.map(({ cookieKey }) => cookieKey)).size).toBe(1);
    expect(await database.query({ text: 'SELECT FROM signing_keys' })).toHaveLength(2);
  });

  it('with SEALING_KEY leaves no key in DATA_DIR', async () => {
    await openKeyRing(configOf({ SEALING_KEY: ours }), database);
    expect(existsSync(path())).toBe(false);
  });
});

describe('a later start', () => {
  it('opens the same keys', async () => {
    const first = await openKeyRing(configOf(), database);
    const later = await openKeyRing(configOf(), database);
    expect(later.jwks).toEqual(first.jwks);
  });

  it.each([
    ['the file is gone', () => rmSync(path()), /sealing-key is missing.*restore/],
    [
      'the file holds another key',
      () => writeFileSync(path(), `${others}\n`),
      /not sealed with the key in .*sealing-key/,
    ],
    ['the file holds no key', () => writeFileSync(path(), 'nonsense'), /does not hold 32 bytes/],
  ])('stops with one line when %s', async (_name, damage, message) => {
    await openKeyRing(configOf(), database);
    damage();
    const error = await openKeyRing(configOf(), database).then(
      () => new Error('it started'),
      (reason: unknown) => reason as Error,
    );
    expect(error).toMatchObject({ name: 'StartupError', message: expect.stringMatching(message) });
    expect(error.message).not.toContain('\n');
    expect(error.message).not.toContain(others);
    if (existsSync(path())) chmodSync(path(), 0o600);
  });

  it('stops when SEALING_KEY is another', async () => {
    await openKeyRing(configOf({ SEALING_KEY: ours }), database);
    await expect(openKeyRing(configOf({ SEALING_KEY: others }), database)).rejects.toMatchObject({
      name: 'StartupError',
      message: expect.stringContaining('SEALING_KEY'),
    });
  });
});

describe('an instance that has not heard of a rotation', () => {
  it('finds a key that another signs with already, and asks once for many made-up names', async () => {
    const watch = await KeyWatch.open(configOf(), database);
    const before = await listKeys(configOf(), database);
    const after = await rotateKeys(configOf(), database, true);
    const active = after.filter(({ state }) => state === 'active').map(({ kid }) => kid);
    expect(active).toHaveLength(2);
    for (const { kid } of before) expect(active).not.toContain(kid);
    expect(await watch.find(active[0] ?? '')).toBeDefined();
    for (const { kid } of before) expect(await watch.find(kid)).toBeDefined();

    const query = jest.spyOn(database, 'query');
    const names = Array.from({ length: 50 }, (_, index) => String(index).padStart(43, 'x'));
    const found = await Promise.all([...names, 'no-name-of-ours'].map((name) => watch.find(name)));
    expect(new Set(found)).toEqual(new Set([undefined]));
    expect(query).toHaveBeenCalledTimes(1);
    query.mockRestore();
  });
});
