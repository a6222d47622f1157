import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type Desk, makeEmployee, openDesk } from '../support/desk.js';

const LONG = 'é'.repeat(40_000);

let desk: Desk;
/** With no ticket, with hundreds of long ones, with a short one. */
let employees: number[];
const sockets: Socket[] = [];

beforeAll(async () => {
  desk = await openDesk();
  employees = [];
  for (let index = 0; index < 3; index += 1) employees.push((await makeEmployee(desk)).id);
  await desk.database.query({
    text: `INSERT INTO tickets (title, description, status, priority, employee_id, created_by)
           SELECT 'Long ' || n, $2, 'open', 'normal', $1, 3 FROM generate_series(1, 400) n`,
    values: [employees[1], LONG],
  });
  await desk.database.query({
    text: `INSERT INTO tickets (title, description, status, priority, employee_id, created_by)
           VALUES ('Short', 'text', 'new', 'normal', $1, 3)`,
    values: [employees[2]],
  });
}, 60_000);
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await until(async () => (await held()).length === 0);
});
afterAll(() => desk?.close());

const get = (path: string): Promise<Answer> => desk.ask('GET', `/api/v1${path}`, { as: 'support' });

/** The connections that hold the snapshot of a long answer. */
const held = async (): Promise<number[]> =>
  (
    await desk.database.query<{ pid: number }>({
      text: `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL
               AND query ~ '^(BEGIN ISOLATION|SET LOCAL|DECLARE|FETCH)'`,
    })
  ).map(({ pid }) => pid);

async function until(happened: () => Promise<boolean>): Promise<void> {
  while (!(await happened())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A reader that has asked for all tickets, has seen the beginning, and reads no further. */
async function dawdler(): Promise<Socket> {
  const { hostname, port } = new URL(desk.url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => undefined); // Its end is what the tests look at.
  socket.write(
    `GET /api/v1/employee/${employees[1]} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: close\r\nAuthorization: Bearer ${await desk.token('support')}\r\n\r\n`,
  );
  await once(socket, 'readable');
  expect(String(socket.read(12))).toBe('HTTP/1.1 200');
  socket.pause();
  return socket;
}

describe('a long list of the ticket server', () => {
  it('is whole, and each item as it is by itself', async () => {
    const { status, body, headers } = await get('/ticket/?limit=100&skip=50');
    expect([status, body.length, headers.get('content-type')]).toEqual([
      200,
      100,
      'application/json; charset=utf-8',
    ]);
    for (const index of [0, 57, 99])
      expect(body[index]).toEqual((await get(`/ticket/${body[index].id}`)).body);
    expect(body.map(({ id }: { id: number }) => id)).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 51),
    );
    expect((await get('/ticket/my/?limit=100')).body).toEqual((await get('/ticket/?limit=100')).body);
  });

  it('has all employees with all of their tickets', async () => {
    const { body } = await get('/employee/');
    const counts = body.map(({ id, tickets }: { id: number; tickets: { employee_id: number }[] }) => [
      id,
      tickets.length,
      tickets.every(({ employee_id }) => employee_id === id),
    ]);
    expect(counts).toEqual([
      [employees[0], 0, true],
      [employees[1], 400, true],
      [employees[2], 1, true],
    ]);
    expect((await get(`/employee/${employees[1]}`)).body).toEqual(body[1]);
    const { id: _, created: __, updated: ___, tickets: ____, ...fields } = body[1];
    const put = await desk.ask('PUT', `/api/v1/employee/${employees[1]}`, { as: 'manager', body: fields });
    expect([put.status, put.body.tickets]).toEqual([200, body[1].tickets]);
  });

  it('goes to two at a time; others are told to come again, and short lists are sent as ever', async () => {
    const slow = [await dawdler(), await dawdler()];
    await until(async () => (await held()).length === 2);
    const refused = await get('/ticket/');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    expect(refused.body).toEqual({
      detail:
        '2 long lists are being sent at the moment, and no more are at a time. Send the request again, or ask for fewer items.',
    });
    expect((await get('/ticket/?limit=5')).status).toBe(200);
    expect((await get(`/employee/${employees[2]}`)).status).toBe(200);
    expect((await desk.ask('HEAD', '/api/v1/ticket/', { as: 'support' })).status).toBe(200);
    expect((await held()).length).toBe(2);
    slow[0]?.destroy();
    await until(async () => (await held()).length === 1);
    expect((await get('/ticket/')).body.length).toBe(100);
  }, 20_000);

  it('ends its connection when it fails in the middle, and gives its place back', async () => {
    const slow = [await dawdler(), await dawdler()];
    let pids: number[] = [];
    await until(async () => (pids = await held()).length === 2);
    for (const pid of pids)
      await desk.database.query({ text: 'SELECT pg_terminate_backend($1)', values: [pid] });
    const endOf = async (socket: Socket): Promise<string> => {
      let end = '';
      socket.on('data', (bytes: Buffer) => (end = (end + bytes.toString('latin1')).slice(-7)));
      socket.resume();
      await once(socket, 'close');
      return end;
    };
    // The last chunk of an answer that is whole.
    for (const end of await Promise.all(slow.map(endOf))) expect(end).not.toBe('\r\n0\r\n\r\n');
    await until(async () => (await get('/ticket/')).status === 200);
    expect(await held()).toEqual([]);
  }, 20_000);

  it('gives its place and its connection back when its reader takes nothing any more', async () => {
    const slow = [await dawdler(), await dawdler()];
    await until(async () => (await held()).length === 2);
    await until(async () => (await held()).length === 0);
    expect((await get('/ticket/')).status).toBe(200);
    for (const socket of slow) {
      socket.resume();
      await once(socket, 'close');
    }
  }, 28_000);
});
