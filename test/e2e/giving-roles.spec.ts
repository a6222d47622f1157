import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operatorContext } from '../../src/access/context.js';
import { UserImport } from '../../src/users/user.import.js';
import { UserOperations } from '../../src/users/user.operations.js';
import { type Answer, type Desk, makeUser, openDesk, PASSWORD } from '../support/desk.js';
import { detail, legacyClient } from '../support/legacy.js';
import { addRoles } from '../support/permissions.js';

let desk: Desk;
const { exchange } = legacyClient(() => desk);

/** May give roles, and sees users and tickets; ranks above all others of these. */
const REGISTRAR = ['user:*', 'ticket:read', 'ticket:update'];

beforeAll(async () => {
  desk = await openDesk();
  addRoles({
    registrar: { rank: 25, permissions: REGISTRAR },
    reader: { rank: 5, permissions: ['ticket:read'] },
    editor: { rank: 5, permissions: ['ticket:read', 'ticket:update'] },
    auditor: { rank: 5, permissions: ['*:read'] },
    keyholder: { rank: 5, permissions: ['ticket:read', 'door:manage'] },
    peer: { rank: 25, permissions: ['ticket:read'] },
    above: { rank: 26, permissions: ['ticket:read'] },
    idle: { rank: 5, permissions: [] },
  });
  await makeUser(desk, 'registrar', { roles: ['registrar'] });
});
afterAll(() => desk?.close());

const newUser = (username: string, roles: string[]) => ({
  username,
  password: PASSWORD,
  first_name: 'A',
  last_name: 'B',
  roles,
});
const create = (username: string, roles: string[]) =>
  desk.ask('POST', '/api/v1/users', { as: 'registrar', body: newUser(username, roles) });
const give = (id: number, roles: string[]) =>
  desk.ask('PATCH', `/api/v1/users/${id}`, { as: 'registrar', body: { roles } });
const rolesOf = async (id: number): Promise<string[]> =>
  (await desk.ask('GET', `/api/v1/users/${id}`, { as: 'admin' })).body.roles as string[];

function expectRefused({ status, body }: Answer, roles: string, missing: string): void {
  expect([status, body.code, body.detail]).toEqual([
    403,
    'forbidden',
    `You may not give ${roles}: nobody gives a permission that they do not hold, and none of your roles has ${missing}.`,
  ]);
}

const MISSING_OF_AUDITOR = 'employee:read, space:read, device:read, display:read';

describe('a role is given', () => {
  it('to a new user by whoever holds every permission in it, alone or together with others', async () => {
    for (const [username, roles] of Object.entries({
      one: ['reader'],
      two: ['editor', 'reader'],
      own: ['registrar'],
      peer: ['peer'],
      none: [],
      idle: ['idle'],
    }))
      expect([username, (await create(username, roles)).status]).toEqual([username, 201]);
    expectRefused(await create('three', ['auditor']), 'auditor', MISSING_OF_AUDITOR);
    expectRefused(await create('three', ['keyholder', 'reader']), 'keyholder, reader', 'door:manage');
    expect((await desk.ask('GET', '/api/v1/users?username=three', { as: 'admin' })).body.items).toEqual([]);
  });

  it('to a user by the same rule, and what is refused changes nothing else of the patch', async () => {
    const { id } = await makeUser(desk, 'changed', { roles: [] });
    expect((await give(id, ['editor'])).status).toBe(200);
    expectRefused(await give(id, ['auditor', 'editor']), 'auditor', MISSING_OF_AUDITOR);
    const patch = { roles: ['keyholder'], first_name: 'Other' };
    const refused = await desk.ask('PATCH', `/api/v1/users/${id}`, { as: 'registrar', body: patch });
    expectRefused(refused, 'keyholder', 'door:manage');
    const { body } = await desk.ask('GET', `/api/v1/users/${id}`, { as: 'admin' });
    expect([body.roles, body.first_name]).toEqual([['editor'], 'changed']);
  });

  it('by nobody to themselves beyond what they hold', async () => {
    const { body: me } = await desk.ask('GET', '/api/v1/me', { as: 'registrar' });
    expectRefused(await give(me.id as number, ['auditor', 'registrar']), 'auditor', MISSING_OF_AUDITOR);
    expect((await give(me.id as number, ['reader', 'registrar'])).status).toBe(200);
  });

  it('by nobody above their own rank, whatever is in it', async () => {
    const answer = await create('higher', ['above']);
    expect([answer.status, answer.body.detail]).toEqual([
      403,
      'You may not give a role that ranks above your own.',
    ]);
  });
});

describe('a role that a user has already', () => {
  it('is not given by naming it again, and may be taken away by whoever may change roles', async () => {
    const { id } = await makeUser(desk, 'trusted', { roles: ['auditor', 'keyholder'] });
    expect((await give(id, ['auditor', 'keyholder'])).status).toBe(200);
    expect((await give(id, ['auditor', 'editor', 'keyholder'])).status).toBe(200);
    expect((await give(id, ['auditor', 'editor'])).status).toBe(200);
    expectRefused(await give(id, ['auditor', 'keyholder']), 'keyholder', 'door:manage');
    expect((await give(id, [])).status).toBe(200);
    expectRefused(await give(id, ['auditor']), 'auditor', MISSING_OF_AUDITOR);
    expect(await rolesOf(id)).toEqual([]);
  });
});

describe('the legacy API', () => {
  const REFUSED = detail(401, 'Not enough permissions');

  it('gives a role by the same rule on each of its routes', async () => {
    const { id } = await makeUser(desk, 'legacy', { roles: [] });
    const { roles: _, ...person } = newUser('legacy', []);
    const whole = { ...person, phone: '', email: '' };
    const asked = (method: string, path: string, body: unknown) =>
      exchange(method, path, { as: 'registrar', body });
    for (const role of [['auditor'], ['editor', 'keyholder']]) {
      expect(await asked('POST', '/user', { ...whole, username: 'older2', role })).toBe(REFUSED);
      expect(await asked('PUT', `/user/${id}`, { ...whole, role })).toBe(REFUSED);
      expect(await asked('PATCH', `/user/${id}/role`, { role })).toBe(REFUSED);
    }
    expect(await rolesOf(id)).toEqual([]);
    expect(await asked('PATCH', `/user/${id}/role`, { role: ['editor'] })).toMatch(/^200 /);
    expect(await asked('PUT', `/user/${id}`, { ...whole, role: ['editor'] })).toMatch(/^200 /);
    expect(await asked('POST', '/user', { ...whole, username: 'older2', role: ['editor'] })).toMatch(/^200 /);
  });
});

describe('the operator', () => {
  it('gives every role, by a command and by an import', async () => {
    expect(operatorContext('test').principal.rights.granted.has('door:manage')).toBe(true);
    const made = await desk.app
      .get(UserOperations)
      .create('user create', newUser('commanded', ['keyholder']));
    expect(made.roles).toEqual(['keyholder']);
    const importer = desk.app.get(UserImport).start({ command: 'import users' });
    const values = { ...newUser('imported', []), roles: 'auditor;admin' };
    expect(await importer.importBatch([{ line: 2, values }], false)).toEqual([{ line: 2, changed_texts: 0 }]);
  });
});
