import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HOUR, MINUTE, toIso, toMicros } from '../../../src/spaces/counting/instant.js';
import { LocalCalendar } from '../../../src/spaces/history/local.calendar.js';
import { openSpans, type Step, stepEdges, STEPS } from '../../../src/spaces/history/time.steps.js';

const berlin = new LocalCalendar('Europe/Berlin');
const edges = (zone: string, step: Step, from: string, to: string): string[] =>
  stepEdges(new LocalCalendar(zone), step, toMicros(from), toMicros(to)).map((edge) =>
    toIso(edge).slice(0, 16),
  );

describe('the days of a zone', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25', 25],
    ['Europe/Berlin', '2026-11-24', 24],
    ['Australia/Lord_Howe', '2024-04-07', 24.5],
    // The clocks went from midnight to one, and from midnight back to eleven.
    ['America/Sao_Paulo', '2018-11-04', 23],
    ['America/Sao_Paulo', '2018-02-17', 25],
    ['Asia/Kolkata', '2026-03-29', 24],
  ])('%s %s has %d hours', (zone, date, hours) => {
    const noon = toMicros(`${date}T12:00:00Z`);
    const days = [...new LocalCalendar(zone).days(noon - 48 * HOUR, noon + 48 * HOUR)];
    const day = days.find((one) => one.date === date);
    expect([((day?.to ?? 0) - (day?.from ?? 0)) / HOUR, day?.even]).toEqual([hours, hours === 24]);
    expect(days.slice(1).map(({ from }) => from)).toEqual(days.slice(0, -1).map(({ to }) => to));
  });

  it('leave out the one that Samoa slept through', () => {
    const days = [
      ...new LocalCalendar('Pacific/Apia').days(
        toMicros('2011-12-29T12:00:00Z'),
        toMicros('2012-01-01T00:00:00Z'),
      ),
    ];
    expect(days.map(({ date }) => date)).toEqual(['2011-12-29', '2011-12-31', '2012-01-01']);
  });
});

describe('steps', () => {
  it('of up to an hour count the time that passes from midnight', () => {
    const day = edges('Europe/Berlin', '1h', '2026-10-25T10:00:00Z', '2026-10-25T10:00:01Z');
    expect(day).toEqual(['2026-10-25T10:00', '2026-10-25T11:00']);
    expect(edges('Asia/Kolkata', '1h', '2026-10-25T10:00:00Z', '2026-10-25T10:40:00Z')).toEqual([
      '2026-10-25T09:30',
      '2026-10-25T10:30',
      '2026-10-25T11:30',
    ]);
    // Lord Howe sets the clocks by half an hour: the last step of that day is as much shorter.
    expect(edges('Australia/Lord_Howe', '1h', '2024-04-07T12:00:00Z', '2024-04-07T14:00:00Z')).toEqual([
      '2024-04-07T12:00',
      '2024-04-07T13:00',
      '2024-04-07T13:30',
      '2024-04-07T14:30',
    ]);
  });

  it('of more than an hour follow the clocks', () => {
    expect(edges('Europe/Berlin', '6h', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z')).toEqual([
      '2026-03-28T23:00',
      '2026-03-29T04:00',
      '2026-03-29T10:00',
      '2026-03-29T16:00',
      '2026-03-29T22:00',
    ]);
    // Two o'clock does not exist that night.
    expect(edges('Europe/Berlin', '2h', '2026-03-28T23:00:00Z', '2026-03-29T03:00:00Z')).toEqual([
      '2026-03-28T23:00',
      '2026-03-29T01:00',
      '2026-03-29T02:00',
      '2026-03-29T04:00',
    ]);
    expect(edges('Europe/Berlin', '1d', '2026-03-28T23:00:00Z', '2026-03-30T22:00:00Z')).toEqual([
      '2026-03-28T23:00',
      '2026-03-29T22:00',
      '2026-03-30T22:00',
    ]);
  });

  it('cover any span without gap, whole at both ends and never longer than they may be', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/Sao_Paulo',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
      'Pacific/Apia',
    ];
    const from = fc
      .integer({ min: Date.UTC(2005, 0), max: Date.UTC(2026, 0) })
      .map((milliseconds) => milliseconds * 1_000);
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...(Object.keys(STEPS) as Step[])),
        from,
        fc.integer({ min: 1, max: 60 * 60 * 72 }),
        (zone, step, begin, seconds) => {
          const end = begin + seconds * 1_000_000;
          const cut = stepEdges(new LocalCalendar(zone), step, begin, end);
          const lengths = cut.slice(1).map((edge, index) => edge - (cut[index] as number));
          expect(Math.min(...lengths)).toBeGreaterThan(0);
          // The clocks are set back by an hour at most.
          expect(Math.max(...lengths)).toBeLessThanOrEqual(
            STEPS[step] * MINUTE + (STEPS[step] > 60 ? HOUR : 0),
          );
          expect([cut[0]! <= begin, cut[1]! > begin, cut.at(-1)! >= end, cut.at(-2)! < end]).toEqual([
            true,
            true,
            true,
            true,
          ]);
        },
      ),
    );
  });
});

describe('opening hours', () => {
  it('are those of the local weekday, and end with the span asked for', () => {
    const hours = {
      sat: [['20:00', '24:00']],
      sun: [
        ['00:00', '02:30'],
        ['09:30', '18:00'],
      ],
    } satisfies Parameters<typeof openSpans>[1];
    const spans = openSpans(
      berlin,
      hours,
      toMicros('2026-10-24T00:00:00Z'),
      toMicros('2026-10-25T10:00:00Z'),
    );
    expect(spans.map((span) => span.map((moment) => toIso(moment).slice(5, 16)))).toEqual([
      ['10-24T18:00', '10-24T22:00'],
      // The first half past two of that night.
      ['10-24T22:00', '10-25T00:30'],
      ['10-25T08:30', '10-25T10:00'],
    ]);
  });
});
