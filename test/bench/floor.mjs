// The floor (DESIGN.md, Speed): a plain node:http + pg server, the resource's own statements and nothing else.
import { createServer } from 'node:http';
import pg from 'pg';

pg.types.setTypeParser(20, Number);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL_SIZE) });

const COLUMNS = `id, title, description, status, priority, employee_id, created_by, assignee_id,
  version, created_at, updated_at, resolved_at`;

const one = { name: 'one', text: `SELECT ${COLUMNS} FROM tickets WHERE id = $1` };
const list = { name: 'list', text: `SELECT ${COLUMNS} FROM tickets ORDER BY id DESC LIMIT $1` };
const insertTicket = {
  name: 'ticket',
  text: `INSERT INTO tickets (title, description, status, priority, employee_id, created_by)
         VALUES ($1, $2, 'new', $3, $4, $5) RETURNING ${COLUMNS}`,
};
const insertAudit = {
  name: 'audit',
  text: `INSERT INTO audit (action, subject_type, subject_id, principal_type, principal_id, actor_username, client_id, address, request_id, after)
         VALUES ('ticket.create', 'ticket', $1, 'user', $2, 'support', 'frontdesk', '127.0.0.1', $3, $4)`,
};

function answer(response, status, body) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

async function post(body) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const { rows } = await client.query({
      ...insertTicket,
      values: [body.title, body.description, body.priority ?? 'normal', body.employee_id, 1],
    });
    await client.query({ ...insertAudit, values: [String(rows[0].id), '1', 'bench', JSON.stringify(body)] });
    await client.query('COMMIT');
    return rows[0];
  } finally {
    client.release();
  }
}

const server = createServer((request, response) => {
  const [path, search] = request.url.split('?');
  if (request.method === 'POST') {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      post(JSON.parse(Buffer.concat(chunks).toString())).then(
        (row) => answer(response, 201, row),
        () => answer(response, 500, {}),
      );
    });
    return;
  }
  const id = path.slice('/api/v1/tickets/'.length);
  const query = id
    ? { ...one, values: [id] }
    : { ...list, values: [new URLSearchParams(search).get('limit')] };
  pool.query(query).then(
    ({ rows }) => answer(response, 200, id ? rows[0] : { items: rows }),
    () => answer(response, 500, {}),
  );
});

server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
