import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { declaredRoutes } from '../../src/app/routes.js';
import { routesOf } from '../../src/platform/http/adapter.js';
import { type Desk, openDesk } from '../support/desk.js';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.close());

const named = ({ method, path }: { method: string; path: string }): string => `${method} ${path}`;

test('the routes that the modules declare are those that the application serves', () => {
  const declared = declaredRoutes(desk.config).map(named);
  const served = routesOf(desk.app.getHttpAdapter().getInstance())
    .filter(({ method, path }) => method !== 'OPTIONS' && path !== '*')
    // Swagger UI has routes for some of its files beside the one for all.
    .map((route) => (/^\/docs\/./.test(route.path) ? { ...route, path: '/docs/*' } : route))
    .filter(({ path }) => path !== '/docs/')
    // The token endpoints answer other methods with a 405 of their own.
    .filter(({ method, path }) => method === 'POST' || !path.startsWith('/api/v1/token'))
    .map(named);
  expect([...new Set(declared)].sort()).toEqual([...new Set(served)].sort());
  expect(new Set(declared).size).toBe(declared.length);
});

test('a route of a legacy API is known as such', () => {
  const legacy = declaredRoutes(desk.config).filter((route) => route.legacy);
  expect(legacy.map(named)).toEqual(
    expect.arrayContaining(['POST /api/v1/ticket/:employee_id', 'PUT /api/v1/user/:id']),
  );
  expect(legacy.map(named)).not.toContain('POST /api/v1/tickets');
});
