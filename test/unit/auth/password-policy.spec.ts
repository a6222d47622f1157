import { describe, expect, it } from '@jest/globals';
import { assertGoodPassword } from '../../../src/users/password.policy.js';

const judged = (password: string, profile: 'standard' | 'hardened'): string => {
  try {
    assertGoodPassword(password, 'sam.reed', profile);
    return 'good';
  } catch (error) {
    return (error as { errors: { path: string }[] }).errors.map(({ path }) => path).join();
  }
};

describe('a password', () => {
  it.each(['short-1', 'Nul\0-Horse-7', 'Lone\ud800-Horse-7', 'x'.repeat(5_000)])(
    'is held to the rule of the standard profile: %j',
    (password) => {
      expect(judged(password, 'standard')).toBe('password');
    },
  );

  it.each([
    'password password',
    'abcabcabcabcabcabc',
    'abcdefghijklmnopqrst',
    'I am sam.reed of the north',
    'Frontdesk-Frontdesk-1',
  ])('that is easy to guess is refused in the hardened profile: %j', (password) => {
    expect(judged(password, 'hardened')).toBe('password');
  });

  it('that is good is taken', () => {
    expect(judged('Correct-Horse-7', 'standard')).toBe('good');
    expect(judged('a phrase of nobody else, quite long', 'hardened')).toBe('good');
  });
});
