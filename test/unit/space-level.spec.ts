import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Level, levelOf, LEVELS, type Thresholds } from '../../src/spaces/counting/level.js';

const usual: Thresholds = { amber_percent: 80, full_percent: 100, hysteresis_percent: 5 };

const thresholds = fc
  .record({
    full_percent: fc.integer({ min: 1, max: 1000 }),
    hysteresis_percent: fc.integer({ min: 0, max: 100 }),
  })
  .chain(({ full_percent, hysteresis_percent }) =>
    fc.integer({ min: 1, max: full_percent }).map((amber_percent): Thresholds => ({
      amber_percent,
      full_percent,
      hysteresis_percent,
    })),
  );
const level = fc.constantFrom(...LEVELS);
const capacity = fc.integer({ min: 1, max: 100_000 });
const shown = fc.integer({ min: 0, max: 1_100_000 });
const rank = (name: Level): number => LEVELS.indexOf(name);

describe('the level of a space', () => {
  it.each<[Level, number, Level]>([
    ['free', 79, 'free'],
    ['free', 80, 'amber'],
    ['amber', 75, 'amber'],
    ['amber', 74, 'free'],
    ['amber', 99, 'amber'],
    ['free', 100, 'full'],
    ['full', 95, 'full'],
    ['full', 94, 'amber'],
    ['full', 75, 'amber'],
    ['full', 74, 'free'],
    ['full', 0, 'free'],
  ])('of a hundred places, %s with %i inside becomes %s', (current, inside, expected) => {
    expect(levelOf(current, inside, 100, usual)).toBe(expected);
  });

  it('is free without a capacity, and whenever nobody is inside', () => {
    fc.assert(
      fc.property(level, shown, capacity, thresholds, (current, inside, most, limits) => {
        expect(levelOf(current, inside, null, limits)).toBe('free');
        expect(levelOf(current, 0, most, limits)).toBe('free');
      }),
    );
  });

  it('does not change again while the number stays', () => {
    fc.assert(
      fc.property(level, shown, capacity, thresholds, (current, inside, most, limits) => {
        const next = levelOf(current, inside, most, limits);
        expect(levelOf(next, inside, most, limits)).toBe(next);
      }),
    );
  });

  it('never falls when the number grows, nor because it was higher before', () => {
    fc.assert(
      fc.property(level, level, shown, shown, capacity, thresholds, (a, b, x, y, most, limits) => {
        const [lower, higher] = rank(a) <= rank(b) ? [a, b] : [b, a];
        const [fewer, more] = x <= y ? [x, y] : [y, x];
        expect(rank(levelOf(higher, more, most, limits))).toBeGreaterThanOrEqual(
          rank(levelOf(lower, fewer, most, limits)),
        );
      }),
    );
  });

  it('without hysteresis is what the thresholds alone say', () => {
    fc.assert(
      fc.property(level, shown, capacity, thresholds, (current, inside, most, limits) => {
        const sharp = levelOf(current, inside, most, { ...limits, hysteresis_percent: 0 });
        expect(sharp).toBe(levelOf('free', inside, most, limits));
      }),
    );
  });

  it('holds a level within the hysteresis, and leaves it below', () => {
    fc.assert(
      fc.property(shown, capacity, thresholds, (inside, most, limits) => {
        fc.pre(inside > 0);
        const share = (inside * 100) / most;
        const held = share >= limits.full_percent - limits.hysteresis_percent;
        expect(levelOf('full', inside, most, limits) === 'full').toBe(held);
      }),
    );
  });
});
