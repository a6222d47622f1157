// The floor of counting (DESIGN.md, Speed): one conditional UPDATE and one INSERT in a transaction for each request.
import { createServer } from 'node:http';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL_SIZE) });

const count = {
  name: 'count',
  text: `UPDATE space_counts SET inside = inside + $2, seq = seq + 1, changed_at = now()
         WHERE space_id = $1 AND inside + $2 <= 100000000 RETURNING inside, seq`,
};
const log = {
  name: 'log',
  text: `INSERT INTO space_events (event_id, space_id, at, kind, delta, target) VALUES ($1, $2, $3, 'passage', $4, true)`,
};

async function post(spaceId, { event_id, delta, at }) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const { rows } = await client.query({ ...count, values: [spaceId, delta] });
    await client.query({ ...log, values: [event_id, spaceId, at, delta] });
    await client.query('COMMIT');
    return rows[0];
  } finally {
    client.release();
  }
}

function answer(response, status, body) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

const server = createServer((request, response) => {
  if (request.method !== 'POST') {
    answer(response, 200, {});
    return;
  }
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const [, , , , spaceId] = request.url.split('/');
    post(spaceId, JSON.parse(Buffer.concat(chunks).toString())).then(
      (row) => answer(response, 201, row),
      () => answer(response, 500, {}),
    );
  });
});

server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
