import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';

const SCRIPT = 'deploy/tls/selfsigned.sh';
const DAY_MS = 86_400_000;

const home = mkdtempSync(join(tmpdir(), 'selfsigned-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const make = (names: string[], NAME = 'selfsigned') =>
  spawnSync(SCRIPT, names, { encoding: 'utf8', env: { PATH: process.env.PATH, TLS_DIR: home, NAME } });

describe('deploy/tls/selfsigned.sh', () => {
  test('makes a certificate for names and addresses: P-256, 90 days, the key for its owner alone', () => {
    const { status, stderr } = make(['desk.example.org', 'localhost', '127.0.0.1', '::1']);
    expect([status, stderr]).toEqual([0, '']);
    const certificate = new X509Certificate(readFileSync(join(home, 'selfsigned.crt')));
    expect(certificate.subjectAltName).toBe(
      'DNS:desk.example.org, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    expect((Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / DAY_MS).toBe(90);
    expect([certificate.ca, certificate.keyUsage]).toEqual([false, ['1.3.6.1.5.5.7.3.1']]);
    const key = join(home, 'selfsigned.key');
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const ofKey = execFileSync('openssl', ['pkey', '-in', key, '-pubout'], { encoding: 'utf8' });
    expect(certificate.publicKey.export({ type: 'spki', format: 'pem' })).toBe(ofKey);
    expect(readdirSync(home).sort()).toEqual(['selfsigned.crt', 'selfsigned.key']);
  });

  test.each([[[]], [['--help']], [['a b']], [['desk.example.org,DNS:evil']]])(
    '%j is wrong use, and makes nothing',
    (names) => {
      const { status, stderr } = make(names, 'other');
      expect([status, stderr]).toEqual([2, expect.stringMatching(/^selfsigned\.sh: /)]);
      expect(readdirSync(home)).not.toContain('other.crt');
    },
  );
});
