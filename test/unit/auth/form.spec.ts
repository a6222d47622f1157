import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asFirstParty } from '../../../src/auth/token/first-party.js';
import { parseForm } from '../../../src/auth/token/form.js';

const parse = (text: string): Record<string, string> => Object.fromEntries(parseForm(Buffer.from(text)));

describe('a form', () => {
  it('reads back what URLSearchParams wrote', () => {
    const text = fc
      .string({ unit: 'grapheme' })
      .filter((value) => value.isWellFormed() && !value.includes('\0'));
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(text, text), { selector: ([name]) => name }), (pairs) => {
        expect([...parseForm(Buffer.from(new URLSearchParams(pairs).toString()))]).toEqual(pairs);
      }),
    );
  });

  it.each([
    ['a=1&b=two+words&c=%2B', { a: '1', b: 'two words', c: '+' }],
    ['a&b=&&c=x=y', { a: '', b: '', c: 'x=y' }],
    ['', {}],
  ])('%s', (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it.each([
    ['a name twice', 'a=1&a=2', 'invalid_request'],
    ['a name twice, once escaped', 'a=1&%61=2', 'invalid_request'],
    ['a broken escape', 'a=%', 'invalid_request'],
    ['an escape of no UTF-8', 'a=%ff', 'invalid_request'],
    ['a NUL', 'a=%00', 'invalid_grant'],
    ['a NUL in a name', '%00=a', 'invalid_grant'],
  ])('is refused with %s', (_name, text, error) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ error, status: 400 }));
  });
});

describe('the first-party client', () => {
  const named = (authorization: string | undefined, fields: [string, string][], anyName: boolean) => {
    const { form, authorization: left } = asFirstParty({ authorization, form: new Map(fields) }, { anyName });
    return [form.get('client_id'), left, form.get('client_secret')];
  };

  it.each([
    [undefined, [], ['frontdesk', undefined]],
    ['Basic Og==', [], ['frontdesk', undefined]],
    ['basic Og==', [['client_id', '']], ['frontdesk', undefined]],
    [`Basic ${btoa('frontdesk:')}`, [], ['frontdesk', undefined]],
    [undefined, [['client_id', 'other']], ['other', undefined]],
    [`Basic ${btoa('frontdesk:secret')}`, [], [undefined, `Basic ${btoa('frontdesk:secret')}`]],
    [`Basic ${btoa('other:')}`, [], [undefined, `Basic ${btoa('other:')}`]],
    ['Bearer x', [], ['frontdesk', undefined]],
    ['bearer', [['client_id', 'other']], ['other', undefined]],
    ['Digest username="x"', [], ['frontdesk', undefined]],
    ['', [], ['frontdesk', undefined]],
    ['Basic', [], [undefined, 'Basic']],
    ['Basic Og== x', [], [undefined, 'Basic Og== x']],
  ] as [string | undefined, [string, string][], [string | undefined, string | undefined]][])(
    '%s with %j',
    (authorization, fields, expected) => {
      expect(named(authorization, fields, false)).toEqual([...expected, undefined]);
    },
  );

  const OTHER: [string, string][] = [
    ['client_id', 'other'],
    ['client_secret', 'whatever'],
  ];
  const BASIC = `Basic ${btoa('other:whatever')}`;

  it.each([
    [undefined, true, ['frontdesk', undefined, undefined]],
    ['Bearer x', true, ['frontdesk', undefined, undefined]],
    ['Basic Og==', true, ['frontdesk', undefined, undefined]],
    [BASIC, true, ['other', BASIC, 'whatever']],
    [undefined, false, ['other', undefined, 'whatever']],
  ] as [string | undefined, boolean, (string | undefined)[]][])(
    'with %s, and another name in the form, which may be any: %s',
    (authorization, anyName, expected) => {
      expect(named(authorization, OTHER, anyName)).toEqual(expected);
    },
  );
});
