import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

const json = (token, body) => [
  ...['-H', `Authorization: Bearer ${token}`],
  ...(body === undefined ? [] : ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)]),
];

/** Asks for something that must be answered with `wanted`. @returns the body. */
async function must(desk, wanted, path, options) {
  const { status, body } = await desk.ask(`/api/v1${path}`, options);
  assert.equal(status, wanted, `${path}: ${JSON.stringify(body)}`);
  return body;
}

/** Works with a desk as people and devices do. @returns what they hold afterwards. */
export async function fillDesk(desk) {
  const form = ['--data-urlencode', `password=${await desk.password('admin')}`, '-d', 'username=admin'];
  const { access_token: token, refresh_token: refreshToken } = await must(desk, 200, '/token', form);
  const post = (path, body, options = []) => must(desk, 201, path, [...json(token, body), ...options]);
  const patch = (path, body) => must(desk, 200, path, ['-X', 'PATCH', ...json(token, body)]);

  const names = { first_name: 'Eve', last_name: 'Ash', email: 'eve@example.org' };
  const user = await post('/users', {
    username: 'eve',
    password: 'Correct-Horse-7',
    roles: ['support'],
    ...names,
  });
  const employee = await post('/employees', {
    first_name: 'Zoë',
    last_name: 'Crane',
    email: 'zoe@example.org',
    birthday: '1990-02-28',
  });
  const eve = await must(desk, 200, '/token', ['-d', 'username=eve', '-d', 'password=Correct-Horse-7']);
  const ticket = (title, options) =>
    must(desk, 201, '/tickets', [...json(eve.access_token, { title, employee_id: employee.id }), ...options]);
  for (const title of ['Printer', 'Scanner', 'Projector']) await ticket(title, []);
  const { id } = await ticket('Telephone', []);
  await patch(`/tickets/${id}`, { title: 'Telephone is dead', description: 'It says nothing. '.repeat(200) });
  await patch(`/tickets/${id}`, { priority: 'high', assignee_id: user.id });
  await patch(`/tickets/${id}`, { status: 'open' });
  const key = ['-H', `Idempotency-Key: ${randomUUID()}`];
  const sentTicket = await ticket('Sent twice', key);

  const space = await post('/spaces', { kind: 'room', name: 'Reading room', capacity: 50 });
  const door = await post('/doors', { name: 'Front', to_space_id: space.id });
  const device = await post('/devices', { name: 'Sensor', door_ids: [door.id] });
  const display = await post(`/spaces/${space.id}/display-tokens`, { name: 'Screen' });
  const countAtDoor = () => {
    const event = { event_id: randomUUID(), delta: 1, at: new Date().toISOString() };
    return must(desk, 200, `/doors/${door.id}/events`, json(device.secret, [event]));
  };
  await countAtDoor();
  await must(desk, 200, `/spaces/${space.id}/occupancy`, [
    '-X',
    'PUT',
    ...json(token, { occupancy: 7, reason: 'by hand' }),
  ]);

  return {
    ...{ token, refreshToken, sentTicket, countAtDoor, displaySecret: display.secret },
    sendTicketAgain: () =>
      desk.ask('/api/v1/tickets', [
        ...json(eve.access_token, { title: 'Sent twice', employee_id: employee.id }),
        ...key,
      ]),
  };
}

const LISTS = ['users', 'employees', 'tickets', 'spaces', 'doors', 'devices'];

/** All that the API shows of it, by path. */
export async function readAll(desk, token) {
  const shown = {};
  const read = async (path) => (shown[path] = await must(desk, 200, path, json(token)));
  for (const list of LISTS) await read(`/${list}`);
  await read('/me');
  for (const { id } of shown['/tickets'].items) await read(`/tickets/${id}/history`);
  for (const { id } of shown['/spaces'].items) {
    await read(`/spaces/${id}/display-tokens`);
    await read(`/spaces/${id}/state`);
  }
  return shown;
}

/** What 0.1.0 called otherwise. */
const NAMES = { owner_id: 'created_by', ticket_owner_id: 'ticket_created_by' };
/** What goes on by itself. */
const MOVES = ['last_seen_at', 'online', 'state', 'clock_skew_seconds', 'offline'];

/** Everything that was shown before is shown still, under its present name; what is shown beside it is new. */
export function keptBetween(before, after, path = '') {
  if (typeof before !== 'object' || before === null) return assert.deepEqual(after, before, path);
  assert.equal(Array.isArray(after), Array.isArray(before), path);
  if (Array.isArray(before)) assert.equal(after.length, before.length, `${path}: ${JSON.stringify(after)}`);
  for (const [name, value] of Object.entries(before)) {
    if (MOVES.includes(name)) continue;
    const present = name in after ? name : NAMES[name];
    assert.ok(present !== undefined && present in after, `${path}.${name} is gone`);
    keptBetween(value, after[present], `${path}.${name}`);
  }
  return undefined;
}
