import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MINUTE, SECOND } from '../../../src/spaces/counting/instant.js';
import { type Change, MinuteFold, type RollUp } from '../../../src/spaces/history/minute.fold.js';
import { type Entry, rollUpsOf } from '../../support/brute-force.js';

const START = 1_700_000_040_000_000;

/** Few moments, so that many things fall on one instant, on a minute's edge, or a microsecond beside it. */
const at = fc
  .tuple(fc.integer({ min: 0, max: 4 }), fc.constantFrom(0, 1, 30 * SECOND, MINUTE - 1))
  .map(([minute, rest]) => START + minute * MINUTE + rest);

const change = fc.record<Change>({
  at,
  propagated: fc.integer({ min: -5, max: 5 }),
  set: fc.option(fc.integer({ min: 0, max: 9 })),
  entered: fc.integer({ min: 0, max: 5 }),
  departed: fc.integer({ min: 0, max: 5 }),
});

const inOrder = fc
  .uniqueArray(change, { selector: (one) => one.at, maxLength: 12 })
  .map((changes) => changes.sort((a, b) => a.at - b.at));

const entriesOf = (last: number, changes: readonly Change[]): Entry[] => [
  { at: START - MINUTE, kind: 'carry', delta: last, value: null },
  ...changes.flatMap(({ at: moment, propagated, set, entered, departed }): Entry[] => [
    { at: moment, kind: 'passage', delta: entered, value: null },
    { at: moment, kind: 'admission', delta: -departed, value: null },
    ...(set === null ? [] : [{ at: moment, kind: 'anchor' as const, delta: 0, value: set }]),
    { at: moment, kind: 'carry', delta: propagated, value: null },
  ]),
];

function foldIn(pages: Change[][], last: number): RollUp[] {
  const fold = new MinuteFold(last);
  return [...pages.flatMap((page) => fold.take(page)), ...fold.end()];
}

describe('the fold of a ledger into minutes', () => {
  it('agrees with counting each moment anew, exactly, wherever the pages are cut', () => {
    fc.assert(
      fc.property(inOrder, fc.integer({ min: -9, max: 9 }), fc.nat({ max: 12 }), (changes, last, cut) => {
        const minutes = foldIn([changes.slice(0, cut), changes.slice(cut)], last);
        const expected = rollUpsOf(entriesOf(last, changes), MINUTE).slice(1);
        const rounded = ({ person_seconds, ...rest }: RollUp) => ({
          ...rest,
          person_seconds: person_seconds.toFixed(6),
        });
        expect(minutes.map(rounded)).toEqual(expected.map(rounded));
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves out what a reset at the first instant of a minute ends', () => {
    const reset = { at: START, propagated: 0, set: 0, entered: 0, departed: 0 };
    expect(foldIn([[reset]], 57)).toEqual([
      { at: START, entered: 0, departed: 0, min: 0, max: 0, last: 0, person_seconds: 0 },
    ]);
    expect(foldIn([[{ ...reset, at: START + 1 }]], 57)).toMatchObject([
      { min: 0, max: 57, person_seconds: 0.000057 },
    ]);
  });

  it('keeps a debt, and shows none', () => {
    const out = { at: START + 15 * SECOND, propagated: 0, set: null, entered: 0, departed: 3 };
    const back = { at: START + 45 * SECOND, propagated: 0, set: null, entered: 4, departed: 0 };
    expect(foldIn([[out, back]], 1)).toEqual([
      { at: START, entered: 4, departed: 3, min: -2, max: 2, last: 2, person_seconds: 15 + 30 },
    ]);
  });
});
