import { describe, expect, it } from '@jest/globals';
import { hash } from 'argon2';
import { HashingSlots } from '../../../src/users/hashing.slots.js';
import { PasswordHasher } from '../../../src/users/password.hasher.js';
import { settings } from '../../../src/platform/settings/settings.js';

describe('the hasher', () => {
  const hasher = new PasswordHasher(settings);

  it('makes argon2id hashes of today and knows their password', async () => {
    const stored = await hasher.hash('Correct-Horse-7');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,(t=2,p=1|p=1,t=2)\$/);
    expect(await hasher.verify(stored, 'Correct-Horse-7')).toBe(true);
    expect(await hasher.verify(stored, 'correct-horse-7')).toBe(false);
    expect(await hasher.verify(stored, ' Correct-Horse-7')).toBe(false);
    expect(hasher.needsRehash(stored)).toBe(false);
  });

  it('takes two spellings of one letter for the same', async () => {
    expect(await hasher.verify(await hasher.hash('Caf\u00e9-1'), 'Cafe\u0301-1')).toBe(true);
  });

  it('knows the hashes of the legacy server and renews them', async () => {
    const legacy = await hash('Correct-Horse-7', {
      type: 2,
      memoryCost: 65_536,
      timeCost: 3,
      parallelism: 4,
    });
    const inOrder = legacy.replace('m=65536,p=4,t=3', 'm=65536,t=3,p=4');
    for (const stored of [legacy, inOrder]) {
      expect(await hasher.verify(stored, 'Correct-Horse-7')).toBe(true);
      expect(hasher.needsRehash(stored)).toBe(true);
    }
  });

  it.each([
    '',
    '!',
    'plain',
    '$2b$12$abcdefghijklmnopqrstuu',
    '$argon2i$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
    '$argon2id$v=19$m=9000000,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g',
    '$argon2id$v=19$m=19456,t=2$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaGhhc2g',
  ])('takes as long for what is no hash: %s', async (stored) => {
    const real = await hasher.hash('x');
    const time = async (work: () => Promise<boolean>): Promise<number> => {
      const start = performance.now();
      expect(await work()).toBe(false);
      return performance.now() - start;
    };
    const usual = await time(() => hasher.verify(real, 'y'));
    expect(await time(() => hasher.verify(stored, 'y'))).toBeGreaterThan(usual / 4);
  });

  it('finds no password in the hash of nobody', async () => {
    expect(await hasher.verifyDummy('anything')).toBe(false);
  });
});

describe('the slots', () => {
  /** Work that ends when told to, and what it did. */
  function scene(slots: HashingSlots) {
    const started: string[] = [];
    const ends = new Map<string, () => void>();
    const begin = (line: 'verify' | 'hash', name: string) =>
      slots.run(line, () => {
        started.push(name);
        return new Promise<void>((resolve) => ends.set(name, resolve));
      });
    const end = async (name: string): Promise<void> => {
      ends.get(name)?.();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { started, begin, end };
  }

  it('run few at a time, let some wait, and refuse the rest', async () => {
    const { started, begin, end } = scene(new HashingSlots({ running: 2, verify: 1, hash: 1 }));
    void begin('verify', 'a');
    void begin('verify', 'b');
    void begin('verify', 'c');
    await expect(begin('verify', 'd')).rejects.toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
    });
    expect(started).toEqual(['a', 'b']);
    await end('a');
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('serve the two lines in turn', async () => {
    const { started, begin, end } = scene(new HashingSlots({ running: 1, verify: 5, hash: 5 }));
    for (const [line, name] of [
      ['verify', 'a'],
      ['verify', 'b'],
      ['verify', 'c'],
      ['hash', 'x'],
      ['hash', 'y'],
    ] as const)
      void begin(line, name);
    for (const name of ['a', 'b', 'x', 'c', 'y']) await end(name);
    expect(started).toEqual(['a', 'b', 'x', 'c', 'y']);
  });

  it('come back after a failure', async () => {
    const slots = new HashingSlots({ running: 1, verify: 0, hash: 0 });
    await expect(slots.run('verify', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await slots.run('verify', () => Promise.resolve(1))).toBe(1);
  });
});
