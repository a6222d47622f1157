import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startTime } from '../../src/cli/maintenance.start-time.js';
import { UsageError } from '../../src/cli/shell.js';
import { ROOT } from '../support/server.js';

const MINUTE = 60_000;
/** A Thursday, in the time zone of this process. */
const now = new Date(2026, 9, 22, 21, 3, 30);

describe('startTime', () => {
  test('is by default on a five-minute mark, 21 to 25 whole minutes ahead', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(2026, 0, 1), max: new Date(2027, 0, 1), noInvalidDate: true }),
        (at) => {
          const start = startTime({}, at) as Date;
          const minutes = Math.floor(start.getTime() / MINUTE) - Math.floor(at.getTime() / MINUTE);
          expect([start.getTime() % (5 * MINUTE), minutes >= 21 && minutes <= 25]).toEqual([0, true]);
        },
      ),
    );
  });

  test('of a time alone is the next such time', () => {
    expect(startTime({ time: '22:30' }, now)).toEqual(new Date(2026, 9, 22, 22, 30));
    expect(startTime({ time: '9:05' }, now)).toEqual(new Date(2026, 9, 23, 9, 5));
    expect(startTime({ time: '21:03' }, now)).toEqual(new Date(2026, 9, 23, 21, 3));
  });

  test.each([
    ['Europe/Berlin', { time: '02:30', date: '2027-03-28' }, '2027-03-27T12:00Z', /clocks are put forward/],
    // By half an hour.
    ['Australia/Lord_Howe', { time: '02:15', date: '2027-10-03' }, '2027-10-01T00:00Z', /clocks are put fo/],
    // The next one is tomorrow's, whatever today lacks; and that of the day after when tomorrow lacks it.
    ['Europe/Berlin', { time: '02:30' }, '2027-03-28T12:00Z', /^2027-03-29T00:30/],
    ['Europe/Berlin', { time: '02:30' }, '2027-03-27T12:00Z', /^2027-03-29T00:30/],
  ])('in %s knows of %j what the clocks leave out', (zone, wanted, at, answer) => {
    // The zone of a process is that of its start.
    const script = `import { startTime } from '${join(ROOT, 'dist/src/cli/maintenance.start-time.js')}';
      try { console.log(startTime(${JSON.stringify(wanted)}, new Date('${at}')).toISOString()); }
      catch (error) { console.log(error.message); }`;
    const words = ['--input-type=module', '--eval', script];
    expect(execFileSync(process.execPath, words, { env: { TZ: zone }, encoding: 'utf8' })).toMatch(answer);
  });

  test('of a time on a day is that one; "now" is left to the database', () => {
    expect(startTime({ time: '06:00', date: '2026-12-31' }, now)).toEqual(new Date(2026, 11, 31, 6, 0));
    expect(startTime({ now: true }, now)).toBeUndefined();
  });

  test.each([
    [{ date: '2026-12-31' }, /--date needs a time/],
    [{ time: '24:00' }, /HH:MM/],
    [{ time: '7' }, /HH:MM/],
    [{ time: '07:00', date: '2026-02-30' }, /--date must be a day/],
    [{ time: '07:00', date: 'tomorrow' }, /--date must be a day/],
    [{ time: '07:00', date: '2026-10-22' }, /is past/],
    [{ now: true, time: '22:30' }, /--now/],
    [{ now: true, date: '2026-12-31' }, /--now/],
  ])('%j is wrong use', (wanted, message) => {
    expect(() => startTime(wanted, now)).toThrow(UsageError);
    expect(() => startTime(wanted, now)).toThrow(message);
  });
});
