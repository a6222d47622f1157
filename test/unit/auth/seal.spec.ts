import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { derive, open, seal } from '../../../src/auth/keys/seal.js';

const key = randomBytes(32);
const secret = Buffer.from('a private key');

describe('sealing', () => {
  it('gives back what was sealed, and never twice the same bytes', () => {
    const sealed = seal(key, 'kid', secret);
    expect(open(key, 'kid', sealed)).toEqual(secret);
    expect(seal(key, 'kid', secret)).not.toEqual(sealed);
    expect(sealed.includes(secret)).toBe(false);
  });

  it('opens under the same key and name alone', () => {
    const sealed = seal(key, 'kid', secret);
    expect(() => open(randomBytes(32), 'kid', sealed)).toThrow();
    expect(() => open(key, 'other', sealed)).toThrow();
  });

  it('notices every changed byte and every missing one', () => {
    const sealed = seal(key, 'kid', secret);
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8((sealed[index] as number) ^ 1, index);
      expect(() => open(key, 'kid', changed)).toThrow();
      expect(() => open(key, 'kid', sealed.subarray(0, index))).toThrow();
    }
  });

  it('derives one secret for each purpose', () => {
    expect(derive(key, 'cookies')).toBe(derive(key, 'cookies'));
    expect(derive(key, 'cookies')).not.toBe(derive(key, 'other'));
  });
});
