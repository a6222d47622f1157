import { expect, test } from '@jest/globals';
import { makeEmployees } from '../../src/commands/demo/people.js';
import { SeededRandom } from '../../src/commands/demo/random.js';
import { makeStories } from '../../src/commands/demo/stories.js';
import { assertTransition } from '../../src/tickets/ticket.policy.js';
import { workflow } from '../../src/tickets/ticket.workflow.js';

const NOW = Date.parse('2026-11-22T00:00:00Z');
const staff = [1, 2, 3].map((id) => ({ id, username: `user${id}` }));

function desk(seed: number) {
  const random = new SeededRandom(seed);
  const employees = makeEmployees(random, 200);
  return { employees, stories: makeStories({ random, staff, employeeIds: [1, 2, 3], now: NOW }, 2_000) };
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
