import { describe, expect, it } from '@jest/globals';
import { isOpen, lastLocalTime, nextLocalTime, timeZoneNamed } from '../../../src/spaces/tree/local-time.js';

const micros = (iso: string): number => Date.parse(iso) * 1_000;
const iso = (instant: number): string => new Date(instant / 1_000).toISOString();

const BERLIN = 'Europe/Berlin';
const HOUR = 3_600_000_000;

describe('the next local time', () => {
  it.each([
    // Summer time begins 2026-03-29 at 02:00: a day of 23 hours.
    ['04:00', '2026-03-28T12:00:00Z', '2026-03-29T02:00:00.000Z'],
    ['04:00', '2026-03-29T02:00:00Z', '2026-03-30T02:00:00.000Z'],
    // 02:30 is skipped and so comes at 03:30, once.
    ['02:30', '2026-03-29T00:00:00Z', '2026-03-29T01:30:00.000Z'],
    ['02:30', '2026-03-29T01:30:00Z', '2026-03-30T00:30:00.000Z'],
    // It ends 2026-10-25 at 03:00: a day of 25 hours, which shows 02:30 twice and is reset at the first.
    ['02:30', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z'],
    ['02:30', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00.000Z'],
    ['00:00', '2026-10-25T00:00:00Z', '2026-10-25T23:00:00.000Z'],
  ])('%s after %s is %s in Berlin', (time, after, expected) => {
    expect(iso(nextLocalTime(time, BERLIN, micros(after)))).toBe(expected);
  });

  it.each([
    // Clocks that skip midnight: that day begins at 01:00.
    ['America/Sao_Paulo', '00:00', '2017-10-14T12:00:00Z', '2017-10-15T03:00:00.000Z'],
    // Clocks that went from 23:30 to 00:30 of the next day, asked for in between.
    ['America/Toronto', '23:45', '1919-03-31T04:35:00Z', '1919-03-31T04:45:00.000Z'],
    // A whole day that Samoa left out.
    ['Pacific/Apia', '04:00', '2011-12-29T15:00:00Z', '2011-12-30T14:00:00.000Z'],
  ])('in %s %s after %s is %s', (zone, time, after, expected) => {
    expect(iso(nextLocalTime(time, zone, micros(after)))).toBe(expected);
  });

  it('comes once for each date of two years, and is the last until the next', () => {
    for (const time of ['00:00', '02:30', '23:59']) {
      let instant = micros('2025-01-01T12:00:00Z');
      for (let day = 0; day < 731; day += 1) {
        const next = nextLocalTime(time, BERLIN, instant);
        if (day > 0) expect([23, 24, 25]).toContain(Math.round((next - instant) / HOUR));
        expect(lastLocalTime(time, BERLIN, next)).toBe(next);
        if (day > 0) expect(lastLocalTime(time, BERLIN, next - 1)).toBe(instant);
        instant = next;
      }
    }
  });
});

describe('opening hours', () => {
  const hours = {
    fri: [
      ['09:00', '13:00'],
      ['14:00', '24:00'],
    ] as [string, string][],
  };

  it.each([
    ['2026-07-24T06:59:59Z', false],
    ['2026-07-24T07:00:00Z', true],
    ['2026-07-24T10:59:59Z', true],
    ['2026-07-24T11:00:00Z', false],
    ['2026-07-24T21:59:59Z', true],
    ['2026-07-24T22:00:00Z', false],
    ['2026-07-25T08:00:00Z', false],
  ])('at %s in Berlin: %s', (at, open) => {
    expect(isOpen(hours, BERLIN, micros(at))).toBe(open);
  });

  it('that nobody set are always open, and a week without a day never', () => {
    expect(isOpen(null, BERLIN, 0)).toBe(true);
    expect(isOpen({}, BERLIN, 0)).toBe(false);
  });
});

describe('a time zone', () => {
  it.each([
    ['europe/london', 'Europe/London'],
    ['Asia/Calcutta', 'Asia/Calcutta'],
    ['utc', 'UTC'],
    ['Etc/GMT+5', 'Etc/GMT+5'],
    ['+01:00', undefined],
    ['Z', undefined],
    ['', undefined],
    ['Europe/Atlantis', undefined],
    [`A${'a'.repeat(70)}`, undefined],
  ])('%s is %s', (name, expected) => {
    expect(timeZoneNamed(name)).toBe(expected);
  });
});
