import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { ruleOf } from '../../src/platform/validation/text.js';
import { id, searchText, text } from '../../src/platform/validation/text.js';

const anyText = fc.string({ unit: 'binary', maxLength: 300 });

describe('text of a field', () => {
  const title = text('title');
  const description = text('description', 'many');

  it('comes out normalised, trimmed, within its limits and on one line, or not at all', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const parsed = title.safeParse(value);
        if (!parsed.success) return;
        const { data } = parsed;
        expect(data).toBe(value.normalize('NFC').trim());
        expect([...data].length).toBeGreaterThanOrEqual(ruleOf('title').min);
        expect([...data].length).toBeLessThanOrEqual(ruleOf('title').max);
        expect(data.isWellFormed()).toBe(true);
        expect(data).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  it('is the same when it is parsed again', () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const once = description.safeParse(value);
        if (once.success) expect(description.parse(once.data)).toBe(once.data);
      }),
    );
  });

  it.each([
    ['a lone surrogate', 'a\ud800b'],
    ['a NUL', 'a\0b'],
    ['a line break in a title', 'a\nb'],
    ['an escape sequence in a title', 'a\u001b[31mb'],
    ['nothing but blanks', ' \u00a0 '],
    ['one character too many', 'ß'.repeat(201)],
  ])('refuses %s', (_, value) => {
    expect(title.safeParse(value).success).toBe(false);
  });

  it.each(['a\ud800b', 'a\0b', '\0'])('of many lines is refused with %j as well', (value) => {
    expect(description.safeParse(value).success).toBe(false);
  });

  it('measures code points', () => {
    expect(title.safeParse('🖨'.repeat(200)).success).toBe(true);
    expect(title.safeParse('🖨'.repeat(201)).success).toBe(false);
  });
});

describe('text to search for', () => {
  const q = searchText(3);

  it('is measured as it is searched for: without blanks around it, and composed', () => {
    expect(q.parse('  a\u0308bc ')).toBe('\u00e4bc');
    expect(q.parse('  abc  ')).toBe('abc');
  });

  it.each(['', ' ', '\u00a0\t', 'abcd', 'a\0b', '\ud800'])('is not %j', (value) => {
    expect(q.safeParse(value).success).toBe(false);
  });
});

describe('text to search for in a field', () => {
  const rule = { ...ruleOf('title'), max: 3 };
  const name = searchText(3, () => rule);

  it('may be as long as the field, now and before', () => {
    expect(name.safeParse('abcd').success).toBe(false);
    rule.max = 4;
    expect(name.safeParse('abcd').success).toBe(true);
    expect(name.safeParse('🖨🖨🖨🖨').success).toBe(true);
    expect(name.safeParse('abcde').error?.issues[0]?.message).toBe('must be at most 4 characters');
    expect(z.toJSONSchema(name)).toMatchObject({ minLength: 1, maxLength: 4 });
    rule.max = 2;
    expect(name.safeParse('abc').success).toBe(true);
  });
});

describe('an id', () => {
  it('is a positive whole number that a double holds, and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999_999_999_999 }), (value) =>
        expect(id.parse(String(value))).toBe(value),
      ),
    );
    for (const value of ['0', '-1', '01', '1.0', '1e3', '0x10', ' 1', '1 ', '', '1'.repeat(16), '١']) {
      expect([value, id.safeParse(value).success]).toEqual([value, false]);
    }
  });
});
