import { expect, test } from '@jest/globals';
import { operator, type Principal, rightsTo } from '../../src/access/principal.js';
import { visibleTickets } from '../../src/tickets/ticket.visibility.js';

const display: Principal = {
  ...{ type: 'display', id: 'd', space_id: 's', name: 'Lobby', client_id: null, rank: 0 },
  rights: rightsTo('space:watch'),
};

test('whoever may see no ticket sees none, and no screen sees its own', () => {
  expect(visibleTickets(display).map(({ sql }) => sql)).toEqual(['false']);
  const own = { ...display, rights: { granted: new Set(['ticket:read_own'] as const), scope: undefined } };
  expect(visibleTickets(own).map(({ sql }) => sql)).toEqual(['false']);
  expect(visibleTickets(operator)).toEqual([]);
});
