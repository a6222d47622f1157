// A steady load over HTTPS: `rate` requests a second over `connections` keep-alive connections, one in five a POST with an
// Idempotency-Key, and one in five a PUT and a DELETE each, where `puts` and `deletes` name some. It never sends a request again, and every status outside 2xx and every socket error counts.
// Runs until its standard input ends, then prints one line of JSON. Usage: generator.mjs '{"host": ..., "token": ...}'
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:https';

const options = {
  ...{ rate: 200, connections: 16, puts: [], deletes: [] },
  ...JSON.parse(process.argv[2]),
};
const { host, token, employeeId, ticketId, run, puts, deletes } = options;

const READS = [
  '/api/v1/tickets?limit=20',
  `/api/v1/tickets/${ticketId}`,
  `/api/v1/employees/${employeeId}`,
  '/api/v1/me',
];

const latencies = [];
const failures = {};
const acknowledged = [];
const sent = { GET: 0, POST: 0, PUT: 0, DELETE: 0 };
let [running, slowest] = [0, 0];
const waiting = [];

// Each connection comes from an address of its own, as clients do.
const idle = Array.from({ length: options.connections }, (_, index) => {
  const localAddress = `127.0.1.${index + 1}`;
  return new Agent({ keepAlive: true, maxSockets: 1, localAddress });
});

function fail(what) {
  const second = new Date().toISOString().slice(11, 19);
  failures[what] ??= { count: 0, first: second };
  failures[what].count += 1;
  failures[what].last = second;
}

/** The request of a number: `[method, path, body]`. */
function requestOf(number, title) {
  const turn = number % 5;
  if (turn === 0) return ['POST', '/api/v1/tickets', { title, employee_id: employeeId }];
  if (turn === 1 && puts.length > 0) return ['PUT', ...puts[number % puts.length]];
  if (turn === 2 && deletes.length > 0) return ['DELETE', deletes.shift()];
  return ['GET', READS[number % READS.length]];
}

function send(agent, { number, due }) {
  const title = `load ${run} ${number}`;
  const [method, path, content] = requestOf(number, title);
  const body = content && JSON.stringify(content);
  const headers = { host, authorization: `Bearer ${token}` };
  if (body)
    Object.assign(headers, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  if (method === 'POST') headers['idempotency-key'] = randomUUID();
  sent[method] += 1;
  running += 1;
  let over = false;
  const end = (failure) => {
    if (over) return;
    over = true;
    running -= 1;
    const ms = performance.now() - due;
    latencies.push(ms);
    slowest = Math.max(slowest, ms);
    if (failure) fail(`${method} ${failure}`);
    const next = waiting.shift();
    if (next) send(agent, next);
    else idle.push(agent);
  };
  const asking = request(
    {
      ...{ host: '127.0.0.1', port: 443, servername: host, rejectUnauthorized: false, agent },
      ...{ path, method, headers, timeout: 30_000 },
    },
    (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('error', (error) => end(error.code ?? error.message));
      answer.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8');
        if (answer.statusCode === 201) acknowledged.push([JSON.parse(text).id, title]);
        end(answer.statusCode >= 200 && answer.statusCode < 300 ? undefined : String(answer.statusCode));
      });
    },
  );
  asking.on('timeout', () => asking.destroy(new Error('no answer in 30 s')));
  asking.on('error', (error) => end(error.code ?? error.message));
  asking.end(body);
}

const started = performance.now();
let scheduled = 0;
const clock = setInterval(() => {
  const due = Math.floor(((performance.now() - started) / 1000) * options.rate);
  for (; scheduled < due; scheduled += 1) {
    const next = { number: scheduled, due: performance.now() };
    const agent = idle.shift();
    if (agent) send(agent, next);
    else waiting.push(next);
  }
}, 5);

function conclude() {
  const seconds = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share) =>
    Math.round(latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0);
  const failed = Object.values(failures).reduce((sum, { count }) => sum + count, 0);
  const figures = {
    sent: Object.values(sent).reduce((sum, count) => sum + count, 0),
    methods: sent,
    failed,
    failures,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: Math.round(slowest),
  };
  // All at once: the pipe would cut what is still buffered at exit.
  process.stdout.write(
    `${JSON.stringify({ ...figures, seconds: Math.round(seconds), acknowledged })}\n`,
    () => process.exit(0),
  );
}

process.stdin.resume().on('end', () => {
  clearInterval(clock);
  waiting.length = 0;
  const limit = Date.now() + 35_000;
  const over = setInterval(() => {
    if (running > 0 && Date.now() < limit) return;
    clearInterval(over);
    conclude();
  }, 20);
});
