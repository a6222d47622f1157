// npm run bench: ratios against the floor in one run. Prints the table either way; exit 1 when a bar is missed.
import { benchCounting } from './counting.mjs';
import { history } from './history.mjs';
import { openInstallation, PASSWORD, POOL_SIZE, seedTickets, tokenOf } from './installation.mjs';
import { measureLive } from './live.mjs';
import { generator, measure, median, percentile } from './load.mjs';

const QUICK = process.argv.includes('--quick');
const ROUNDS = QUICK ? 3 : 5;
const SECONDS = QUICK ? 2 : 4;
const TICKETS = QUICK ? 100_000 : 1_000_000;
const PAGE = 50;
const DEPTH = QUICK ? 1_000 : 10_000;
const IDLE_SECONDS = QUICK ? 5 : 60;

const rows = [];

/** A line of the table; `atMost` and `atLeast` are the bars. */
function report(name, value, { atLeast, atMost, unit = '' }) {
  const passed = (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
  const bar = atLeast === undefined ? `at most ${atMost}${unit}` : `at least ${atLeast}${unit}`;
  rows.push({ name, value, unit, bar, passed });
  process.stdout.write(
    `${passed ? 'ok  ' : 'MISS'} ${name.padEnd(52)} ${value.toFixed(2).padStart(8)}${unit} (${bar})\n`,
  );
}

const newTicket = {
  title: 'Laptop does not start',
  description: 'The screen stays black after the login.',
  employee_id: 1,
};

async function ratios(app, floor, token, directory) {
  const cases = [
    ['GET /tickets/{id}', '/api/v1/tickets/4711', undefined, 0.5],
    ['GET /tickets?limit=50', `/api/v1/tickets?limit=${PAGE}`, undefined, 0.6],
    ['POST /tickets', '/api/v1/tickets', newTicket, 0.5],
  ];
  for (const [name, path, body, bar] of cases) {
    const ours = [];
    const theirs = [];
    for (const server of [app, floor])
      await measure({ url: server.url + path, token, body, seconds: 2, directory });
    for (let round = 0; round < ROUNDS; round += 1) {
      theirs.push(await measure({ url: floor.url + path, token, body, seconds: SECONDS, directory }));
      ours.push(await measure({ url: app.url + path, token, body, seconds: SECONDS, directory }));
    }
    process.stdout.write(`     ${name}: ${median(ours).toFixed(0)}/s of ${median(theirs).toFixed(0)}/s\n`);
    report(`${name}, share of the floor`, median(ours) / median(theirs), { atLeast: bar });
  }
}

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function depth(app, token) {
  const headers = { authorization: `Bearer ${token}` };
  const id = TICKETS - PAGE * DEPTH + PAGE;
  const cursor = Buffer.from(JSON.stringify(['-id', id, id])).toString('base64url');
  const get = (search) => async () => {
    const response = await fetch(`${app.url}/api/v1/tickets?limit=${PAGE}${search}`, { headers });
    const { items } = await response.json();
    if (items.length !== PAGE) throw new Error(`a page of ${items.length}`);
  };
  const first = [];
  const deep = [];
  for (let round = 0; round < 400; round += 1) {
    first.push(await timed(get('')));
    deep.push(await timed(get(`&cursor=${cursor}`)));
  }
  report(`page ${DEPTH} of ${TICKETS} tickets, share of page 1`, median(deep) / median(first), {
    atMost: 1.2,
  });
}

async function flood(app, token) {
  const headers = { authorization: `Bearer ${token}` };
  const get = () => fetch(`${app.url}/api/v1/tickets/4711`, { headers }).then((response) => response.text());
  for (let warm = 0; warm < 50; warm += 1) await get();
  let flooding = true;
  const guess = async () => {
    while (flooding) {
      await fetch(`${app.url}/api/v1/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'password',
          username: `nobody${Math.random()}`,
          password: 'Wrong-Horse-7',
        }),
      }).then((response) => response.text());
    }
  };
  const guesses = Array.from({ length: 32 }, guess);
  const latencies = [];
  const until = performance.now() + SECONDS * 1_000;
  while (performance.now() < until) latencies.push(await timed(get));
  flooding = false;
  await Promise.all(guesses);
  report('p95 beside 32 parallel wrong passwords', percentile(latencies, 0.95), { atMost: 50, unit: ' ms' });
}

async function residentMegabytes(pid) {
  const { readFile } = await import('node:fs/promises');
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

const installation = await openInstallation();
const environment = {
  DATABASE_URL: installation.url,
  DATABASE_OWNER_URL: installation.ownerUrl,
  BOOTSTRAP_PASSWORD: PASSWORD,
};
const startApp = () =>
  installation.start({ script: 'dist/src/main.js', environment, readyPath: '/health/ready' });

async function idle() {
  const first = await startApp();
  await first.stop();
  const app = await startApp();
  report('warm start to ready', app.startedIn / 1_000, { atMost: 3, unit: ' s' });
  await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1_000));
  report(`resident memory ${IDLE_SECONDS} s after ready`, await residentMegabytes(app.pid), {
    atMost: 180,
    unit: ' MB',
  });
  await app.stop();
}

async function desk() {
  await seedTickets(installation.admin, TICKETS);
  const app = await startApp();
  const floor = await installation.start({
    script: 'test/bench/floor.mjs',
    environment: { ...environment, POOL_SIZE: String(POOL_SIZE) },
    readyPath: '/api/v1/tickets/1',
  });
  const token = await tokenOf(app.url);
  await depth(app, token);
  await ratios(app, floor, token, installation.dataDir);
  await flood(app, token);
  await floor.stop();
  await app.stop();
}

const counting = () =>
  benchCounting({ installation, startApp, environment, rounds: ROUNDS, seconds: SECONDS, report });

async function live() {
  const app = await startApp();
  const { megabytes, p50, p99 } = await measureLive(app, () => residentMegabytes(app.pid));
  process.stdout.write(`     1,000 streams: an event is seen after ${p50.toFixed(0)} ms (median)\n`);
  report('1,000 streams, p99 until an event is seen by all', p99, { atMost: 250, unit: ' ms' });
  report('1,000 streams, resident memory', megabytes, { atMost: 300, unit: ' MB' });
  await app.stop();
}

async function past() {
  const app = await startApp();
  const token = await tokenOf(app.url);
  await history({ admin: installation.admin, url: app.url, token, report, quick: QUICK });
  await app.stop();
}

/** In this order; `--only=counting,live` runs some of them. */
const SECTIONS = { idle, desk, counting, live, history: past };
const only = process.argv.find((word) => word.startsWith('--only='))?.slice('--only='.length);

try {
  process.stdout.write(`     load by ${generator}, ${ROUNDS} alternating rounds of ${SECONDS} s\n`);
  for (const [name, section] of Object.entries(SECTIONS))
    if (only === undefined || only.split(',').includes(name)) await section();
} finally {
  await installation.close();
}
process.exitCode = rows.every(({ passed }) => passed) ? 0 : 1;
