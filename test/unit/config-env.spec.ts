import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Config, ConfigError, loadConfig } from '../../config/env.js';

function linesOf(environment: Record<string, string>): string[] {
  try {
    loadConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
}

const namesOf = (environment: Record<string, string>): string[] =>
  linesOf(environment).map((line) => line.split(' ', 1)[0] ?? '');

/** For each name a value that is refused; a secret's holds the word SECRET. */
const WRONG: Record<string, string> = {
  DATABASE_URL: 'mysql://SECRET@h/d',
  DATABASE_OWNER_URL: 'SECRET',
  HOST: 'not a host',
  PORT: '0',
  SOCKET_PATH: 'x'.repeat(108),
  PUBLIC_URL: 'https://desk.example.org/desk',
  PROFILE: 'Hardened',
  COMPAT: 'yes',
  PUBLIC_SPACES: 'true',
  CORS_ORIGINS: 'https://a.example, *',
  ACCESS_TOKEN_MINUTES: '1441',
  REFRESH_TOKEN_DAYS: '31',
  SEALING_KEY: 'SECRET',
  INSTANCE_ID: 'two words',
  LOG_LEVEL: 'loud',
  TRUSTED_PROXY_HOPS: '-1',
};

describe('the environment', () => {
  const dir = mkdtempSync(join(tmpdir(), 'config-'));
  const fileOf = (name: string, content: string): string => {
    writeFileSync(join(dir, name), content);
    return join(dir, name);
  };
  afterAll(() => rmSync(dir, { recursive: true }));

  test('has the defaults of the contract', () => {
    expect(loadConfig({})).toEqual({
      databaseUrl: undefined,
      databaseOwnerUrl: undefined,
      dataDir: resolve('var'),
      listen: { kind: 'tcp', host: '127.0.0.1', port: 3000 },
      publicUrl: 'http://127.0.0.1:3000',
      profile: 'standard',
      compat: true,
      publicSpaces: false,
      corsOrigins: [],
      accessTokenMinutes: 60,
      refreshTokenDays: 14,
      bootstrapPassword: undefined,
      sealingKey: undefined,
      instanceId: `${hostname()}:${process.pid}`,
      logLevel: 'info',
      trustedProxyHops: 0,
      underSystemd: false,
    } satisfies Config);
  });

  test('names every wrong variable once, whichever they are, and no secret', () => {
    fc.assert(
      fc.property(fc.subarray(Object.keys(WRONG)), (names) => {
        const environment = Object.fromEntries(names.map((name) => [name, WRONG[name] ?? '']));
        // Two that are only wrong together with others.
        const implied = [
          ...(names.includes('SOCKET_PATH') ? ['PUBLIC_URL'] : []),
          ...(names.includes('DATABASE_OWNER_URL') ? ['DATABASE_OWNER_URL'] : []),
        ];
        expect(namesOf(environment).sort()).toEqual([...new Set([...names, ...implied])].sort());
        expect(linesOf(environment).join()).not.toContain('SECRET');
      }),
    );
  });

  test('judges no variable that it does not know, and counts an empty one as unset', () => {
    const ours = new Set([
      ...Object.keys(WRONG),
      'BOOTSTRAP_PASSWORD',
      'DATA_DIR',
      'LISTEN_FDS',
      'LISTEN_PID',
    ]);
    const name = fc
      .stringMatching(/^[A-Z_]{1,20}$/)
      .filter((word) => !ours.has(word) && !word.endsWith('_FILE') && word !== 'CREDENTIALS_DIRECTORY');
    fc.assert(
      fc.property(fc.dictionary(name, fc.string()), (environment) =>
        expect(linesOf(environment)).toEqual([]),
      ),
    );
    expect(linesOf(Object.fromEntries(Object.keys(WRONG).map((known) => [known, ''])))).toEqual([]);
  });

  test('numbers are whole and within their bounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10, max: 100_000 }), (port) => {
        expect(namesOf({ PORT: String(port) })).toEqual(port >= 1 && port <= 65_535 ? [] : ['PORT']);
      }),
    );
    for (const PORT of ['3000.5', '3e3', '0x10', ' 3000', '3000\n', '٣٠٠٠'])
      expect(namesOf({ PORT })).toEqual(['PORT']);
  });

  test.each([
    [{ PUBLIC_URL: 'https://desk.example.org/' }, 'https://desk.example.org'],
    [{ PORT: '80' }, 'http://127.0.0.1'],
    [{ HOST: '::1', PORT: '8080' }, 'http://[::1]:8080'],
  ])('%j is served as %s', (environment, publicUrl) => {
    expect(loadConfig(environment).publicUrl).toBe(publicUrl);
  });

  test('origins are kept as a browser sends them', () => {
    expect(loadConfig({ CORS_ORIGINS: 'https://a.example/ , http://b.example:8080,' }).corsOrigins).toEqual([
      'https://a.example',
      'http://b.example:8080',
    ]);
  });

  test('hardened switches the legacy routes off and refuses what would weaken it', () => {
    expect(loadConfig({ PROFILE: 'hardened' })).toMatchObject({ compat: false });
    const weak = { COMPAT: 'on', PUBLIC_SPACES: 'on', BOOTSTRAP_PASSWORD: 'x' };
    expect(namesOf({ PROFILE: 'hardened', ...weak, PORT: 'http' })).toEqual(['PORT', ...Object.keys(weak)]);
    expect(namesOf({ PROFILE: 'hardened', COMPAT: 'off', PUBLIC_SPACES: 'off' })).toEqual([]);
  });

  test('a socket of systemd counts only for the process it was opened for', () => {
    const PUBLIC_URL = 'https://desk.example.org';
    const mine = { LISTEN_FDS: '1', LISTEN_PID: String(process.pid) };
    expect(loadConfig({ ...mine, PUBLIC_URL, SOCKET_PATH: '/run/x' })).toMatchObject({
      listen: { kind: 'fd', fd: 3 },
      trustedProxyHops: 1,
    });
    expect(namesOf(mine)).toEqual(['PUBLIC_URL']);
    expect(namesOf({ ...mine, PUBLIC_URL, LISTEN_FDS: '2' })).toEqual(['LISTEN_FDS']);
    expect(loadConfig({ LISTEN_FDS: '2', LISTEN_PID: String(process.pid + 1) }).listen.kind).toBe('tcp');
    expect(loadConfig({ SOCKET_PATH: '/run/x', PUBLIC_URL })).toMatchObject({
      listen: { kind: 'socket', path: '/run/x' },
      trustedProxyHops: 1,
    });
  });

  test('listening on every address needs the one that clients use', () => {
    for (const HOST of ['0.0.0.0', '::']) {
      expect(namesOf({ HOST })).toEqual(['PUBLIC_URL']);
      expect(loadConfig({ HOST, PUBLIC_URL: 'https://desk.example.org' }).publicUrl).toBe(
        'https://desk.example.org',
      );
    }
  });

  test('secrets come from files too: by name first, then from the credentials of systemd', () => {
    const url = 'postgres://u:SECRET@h/d';
    fileOf('DATABASE_URL', 'postgres://credential@h/d\n');
    const given = { CREDENTIALS_DIRECTORY: dir };
    expect(loadConfig(given).databaseUrl).toBe('postgres://credential@h/d');
    expect(loadConfig({ ...given, DATABASE_URL_FILE: fileOf('named', `${url}\n`) }).databaseUrl).toBe(url);
    expect(
      loadConfig({ ...given, DATABASE_URL: 'postgres:///d', DATABASE_URL_FILE: '/nowhere' }).databaseUrl,
    ).toBe('postgres:///d');
    const wrong = {
      SEALING_KEY_FILE: fileOf('sealing', 'SECRET'),
      BOOTSTRAP_PASSWORD_FILE: '/nowhere',
      PORT: 'http',
    };
    expect(namesOf(wrong)).toEqual(['BOOTSTRAP_PASSWORD_FILE', 'PORT', 'SEALING_KEY']);
    expect(linesOf(wrong).join()).not.toContain('SECRET');
  });

  test('the owner of the schema is the application itself, unless named', () => {
    expect(loadConfig({ DATABASE_URL: 'postgres:///d?user=u' }).databaseOwnerUrl).toBe(
      'postgres:///d?user=u',
    );
    const both = { DATABASE_URL: 'postgres:///d', DATABASE_OWNER_URL: 'postgresql://o@h:5433/d' };
    expect(loadConfig(both).databaseOwnerUrl).toBe('postgresql://o@h:5433/d');
    expect(namesOf({ DATABASE_OWNER_URL: 'postgres:///d' })).toEqual(['DATABASE_OWNER_URL']);
  });
});
