import { expect, test } from '@jest/globals';
import { isFailure, Problem, unavailable } from '../../src/platform/errors/problem.js';
import { problemOf } from '../../src/platform/errors/problem.filter.js';

test('what was meant is no failure, also when it is a 503', () => {
  expect(isFailure(new Problem(503, 'maintenance', 'Closed.'))).toBe(false);
  expect(isFailure(unavailable('Too many passwords are being checked.', 1))).toBe(false);
  expect(isFailure(new Problem(409, 'in_use', 'In use.', { cause: new Error('23503') }))).toBe(false);
});

test('what was not is one', () => {
  expect(isFailure(unavailable('The database does not answer.', 1, new Error('57P01')))).toBe(true);
  expect(isFailure(problemOf(new TypeError('undefined is not a function')))).toBe(true);
});
