import { describe, expect, it, test } from '@jest/globals';
import { makeEmployees } from '../../src/operations/demo/people.js';
import { SeededRandom } from '../../src/operations/demo/random.js';
import { makeTickets } from '../../src/operations/demo/tickets.js';
import { makeTraffic } from '../../src/operations/demo/traffic.js';
import { assertTransition } from '../../src/tickets/ticket.policy.js';
import '../../src/tickets/ticket.workflow.js';
import { settings } from '../../src/platform/settings/settings.js';

const { workflow } = settings.current;

const NOW = Date.parse('2026-11-22T00:00:00Z');
const staff = [1, 2, 3].map((id) => ({ id, username: `user${id}` }));

function desk(seed: number) {
  const random = new SeededRandom(seed);
  const employees = makeEmployees(random, 200);
  return { employees, stories: makeTickets({ random, staff, employeeIds: [1, 2, 3], now: NOW }, 2_000) };
}

test('one seed makes one desk, another seed another', () => {
  expect(desk(1)).toEqual(desk(1));
  expect(desk(2)).not.toEqual(desk(1));
});

test('every e-mail and phone is there once', () => {
  const { employees } = desk(1);
  expect(new Set(employees.map(({ email }) => email)).size).toBe(200);
  expect(new Set(employees.map(({ phone }) => phone)).size).toBe(200);
});

test('every story keeps to the workflow and to the order of time, and none lies ahead', () => {
  const ends = new Set<string>();
  for (const { opened, steps } of desk(1).stories) {
    let [time, status] = [Date.parse(opened.at), workflow.initial];
    for (const { at, change } of steps) {
      expect(Date.parse(at)).toBeGreaterThan(time);
      time = Date.parse(at);
      assertTransition(workflow, status, change.status ?? status);
      status = change.status ?? status;
    }
    expect(time).toBeLessThan(NOW);
    ends.add(status);
  }
  expect([...ends].sort()).toEqual(Object.keys(workflow.statuses).sort());
});

describe('the traffic of the demo', () => {
  const today = Date.parse('2026-11-24T00:00:00Z');
  const noon = today + 43_200_000;
  const traffic = (seed: number, now: number) => makeTraffic(new SeededRandom(seed), today, now);

  it('is the same for the same seed, and another one for another', () => {
    expect(traffic(1, noon)).toEqual(traffic(1, noon));
    expect(traffic(1, noon)).not.toEqual(traffic(2, noon));
  });

  it('ends now, and is until then what it will have been later', () => {
    const [earlier, later] = [traffic(1, noon), traffic(1, noon + 3_600_000)];
    for (const [door, passed] of earlier.passages) {
      expect(passed.every(({ at }) => Date.parse(at) < noon)).toBe(true);
      expect(later.passages.get(door)?.slice(0, passed.length)).toEqual(passed);
    }
  });

  it('has an event id for each passage, and lets nobody leave before somebody came', () => {
    const { passages } = traffic(3, today + 86_400_000);
    const all = [...passages.values()].flat();
    expect(new Set(all.map(({ event_id }) => event_id)).size).toBe(all.length);
    for (const passed of passages.values()) {
      let inside = 0;
      for (const { delta } of passed) {
        inside += delta;
        expect(inside).toBeGreaterThanOrEqual(0);
      }
    }
  });
});
