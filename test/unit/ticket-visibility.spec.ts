import { expect, test } from '@jest/globals';
import { displayRights, operator, type Principal } from '../../src/access/principal.js';
import { visibleTo } from '../../src/tickets/ticket.visibility.js';

const display: Principal = {
  ...{ type: 'display', id: 'd', space_id: 's', name: 'Lobby', client_id: null, rank: 0 },
  rights: displayRights,
};

test('whoever may see no ticket sees none, and no screen sees its own', () => {
  expect(visibleTo(display).map(({ sql }) => sql)).toEqual(['false']);
  const own = { ...display, rights: { granted: new Set(['ticket:read_own'] as const), scope: undefined } };
  expect(visibleTo(own).map(({ sql }) => sql)).toEqual(['false']);
  expect(visibleTo(operator)).toEqual([]);
});
