import { describe, expect, it } from '@jest/globals';
import { newUuid } from '../../src/platform/new-uuid.js';

describe('a new UUID', () => {
  it('is of version 7 and variant 10, and begins with its moment (RFC 9562, 5.7)', () => {
    const made = Array.from({ length: 1_000 }, () => newUuid(0x0199_c6f2_8f3a));
    for (const uuid of made)
      expect(uuid).toMatch(/^0199c6f2-8f3a-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(made).size).toBe(made.length);
  });

  it('is greater than an older one', () => {
    expect(newUuid(1_000) < newUuid(1_001)).toBe(true);
    expect(newUuid() > newUuid(Date.now() - 1)).toBe(true);
  });
});
