import { describe, expect, it } from '@jest/globals';
import { credentials } from './credentials.cases.js';
import { http } from './http.cases.js';
import { input } from './input.cases.js';
import { longAnswers } from './long-answers.cases.js';
import { overload } from './overload.cases.js';
import { rights } from './rights.cases.js';
import { slow } from './slow.cases.js';
import { tokenEndpoint } from './token-endpoint.cases.js';
import { tokens } from './tokens.cases.js';
import { values } from './values.cases.js';
import { wire } from './wire.cases.js';

const ALL = [
  ...tokens,
  ...credentials,
  ...tokenEndpoint,
  ...input,
  ...values,
  ...rights,
  ...wire,
  ...slow,
  ...http,
  ...overload,
  ...longAnswers,
];

/** 21 to 24 and 52 need clients, codes and pages, which come with them. */
const LATER = [21, 22, 23, 24, 52];

/** Rows that stand behind one that is still to come. */
const BEYOND = [53, 57, 61];

const numbers = (rows: readonly { no: number }[]): number[] =>
  [...new Set(rows.map(({ no }) => no))].sort((a, b) => a - b);

describe('hostile: the table', () => {
  it('has a row for every case', () => {
    const expected = Array.from({ length: 52 }, (_, index) => index + 1).filter((no) => !LATER.includes(no));
    expect(numbers(ALL)).toEqual([...expected, ...BEYOND]);
  });

  it('leaves to nginx only what only nginx can answer, and tests the rest of those cases here', () => {
    const deployed = numbers(ALL.filter((row) => 'deploy' in row));
    expect(deployed).toEqual([41, 42]);
    const here = numbers(ALL.filter((row) => !('deploy' in row)));
    expect(here).toEqual(expect.arrayContaining(deployed));
  });

  it('asks something in every row', () => {
    const empty = ALL.filter((row) => 'requests' in row && row.requests.length === 0);
    expect(empty).toEqual([]);
  });
});
