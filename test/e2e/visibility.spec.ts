import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, makeEmployee, makeUser, openDesk } from '../support/desk.js';
import { addRoles } from '../support/permissions.js';
import { LiveSpace } from '../support/live-space.js';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
  addRoles({
    changer: {
      rank: 5,
      permissions: ['employee:update', 'employee:delete', 'space:update', 'space:delete', 'door:manage'],
    },
    watcher: { rank: 5, permissions: ['space:watch', 'space:update'] },
  });
  for (const role of ['changer', 'watcher']) await makeUser(desk, role, { roles: [role] });
});
afterAll(() => desk.close());

describe('what a principal may not read', () => {
  it('is not there for whoever would change or delete it', async () => {
    const { id: employee } = await makeEmployee(desk);
    const space = await LiveSpace.make(desk);
    for (const path of [`/api/v1/employees/${employee}`, `/api/v1/spaces/${space.id}`]) {
      const changed = await desk.ask('PATCH', path, { as: 'changer', body: {} });
      const removed = await desk.ask('DELETE', path, { as: 'changer' });
      expect([path, changed.status, removed.status]).toEqual([path, 404, 404]);
      expect((await desk.ask('GET', path, { as: 'admin' })).status).toBe(200);
    }
  });

  it('is a space for nobody who may watch it', async () => {
    const space = await LiveSpace.make(desk);
    expect((await desk.ask('HEAD', `/api/v1/spaces/${space.id}/stream`, { as: 'watcher' })).status).toBe(200);
    expect((await desk.ask('GET', `/api/v1/spaces/${space.id}`, { as: 'watcher' })).status).toBe(403);
    const changed = await desk.ask('PATCH', `/api/v1/spaces/${space.id}`, { as: 'watcher', body: {} });
    expect(changed.status).toBe(404);
  });

  it('is never the own account', async () => {
    const { id } = (await desk.ask('GET', '/api/v1/me', { as: 'watcher' })).body;
    expect(id).toBeGreaterThan(0);
    const changed = await desk.ask('PATCH', '/api/v1/me', { as: 'watcher', body: { first_name: 'Wanda' } });
    expect([changed.status, changed.body.first_name]).toEqual([200, 'Wanda']);
    expect((await desk.ask('GET', `/api/v1/users/${id}`, { as: 'watcher' })).status).toBe(403);
  });
});
