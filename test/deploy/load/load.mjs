import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';
import { DOMAIN } from '../support/installation.mjs';

const GENERATOR = fileURLToPath(new URL('generator.mjs', import.meta.url));
const WARM_MS = 2_000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What the load reads and writes: made once a machine. */
export async function prepareLoad(desk) {
  const token = await desk.signIn('admin');
  const post = async (path, body) => {
    const headers = ['-H', `Authorization: Bearer ${token}`, '-H', 'Content-Type: application/json'];
    const answer = await desk.ask(path, [...headers, '-d', JSON.stringify(body)]);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body.id;
  };
  const email = `load-${Date.now()}@example.org`;
  const employeeId = await post('/api/v1/employees', { first_name: 'Load', last_name: 'Case', email });
  const ticketId = await post('/api/v1/tickets', { title: 'Load', employee_id: employeeId });
  return { token, employeeId, ticketId };
}

/** Copies a ticket, past the application and whatever its columns are called. @returns the ids of the copies. */
export async function copyTicket(desk, ticketId, count) {
  const ids = await desk.sql(
    `INSERT INTO tickets OVERRIDING SYSTEM VALUE
     SELECT copy.* FROM tickets, generate_series(1, ${count}) turn,
       LATERAL jsonb_populate_record(tickets, jsonb_build_object('id', nextval('tickets_id_seq'), 'turn', turn)) copy
     WHERE tickets.id = ${ticketId} RETURNING id`,
  );
  return ids.split('\n').filter((line) => /^\d+$/.test(line));
}

let runs = 0;

/**
 * Does something while the load runs.
 * @param options for the generator. @returns its figures, and `acknowledged`: every [id, title] answered with 201.
 */
export async function underLoad(machine, prepared, work, { after = 2_000, ...options } = {}) {
  const run = `${process.pid}-${++runs}`;
  const given = JSON.stringify({ host: DOMAIN, run, ...prepared, ...options });
  const [command, ...words] = machine.inNetwork([process.execPath, GENERATOR, given]);
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const pieces = [];
  child.stdout.on('data', (piece) => pieces.push(piece));
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    await pause(WARM_MS);
    await work();
    await pause(after);
  } finally {
    child.stdin.end();
    const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
    await ended;
    clearTimeout(late);
  }
  return { run, ...JSON.parse(Buffer.concat(pieces).toString('utf8')) };
}

/** Every acknowledged write is in the database exactly once. @returns how many there were. */
export async function assertAllKept(desk, { run, acknowledged }) {
  const rows = await desk.sql(`SELECT id || '|' || title FROM tickets WHERE title LIKE 'load ${run} %'`);
  const count = new Map();
  for (const row of rows.split('\n').filter(Boolean)) {
    const [id, title] = row.split('|');
    count.set(title, [...(count.get(title) ?? []), Number(id)]);
  }
  const doubled = [...count].filter(([, ids]) => ids.length > 1);
  const lost = acknowledged.filter(([id, title]) => !count.get(title)?.includes(id));
  assert.deepEqual({ doubled, lost }, { doubled: [], lost: [] });
  return acknowledged.length;
}

export const describeLoad = ({ sent, failed, p99, max }) =>
  `${failed} of ${sent} failed, p99 ${p99} ms, slowest ${max} ms`;
