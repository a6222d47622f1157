// A thousand streams of one space on one instance: how soon each sees an event, and what they cost.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { tokenOf } from './installation.mjs';

const CLIENT = fileURLToPath(new URL('live.client.mjs', import.meta.url));
const STREAMS = 1_000;
const TOKENS = 100;

/** Runs the client, which has a process of its own. @param during called once a second while it runs. */
function watch(options, during) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLIENT, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const timer = setInterval(during, 1_000);
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      if (code === 0) resolve(JSON.parse(out));
      else reject(new Error(`the streams' client stopped with ${code}`));
    });
  });
}

/**
 * @param app the instance under test, which has done nothing else: its memory counts.
 * @param residentMegabytes asked again and again while the streams are open.
 * @returns how many streams were open, the most memory, and the 50th and 99th percentile of all deliveries.
 */
export async function measureLive(app, residentMegabytes, { events = 40, pauseMs = 200 } = {}) {
  const manager = await tokenOf(app.url, 'manager');
  const post = async (path, body) => {
    const response = await fetch(`${app.url}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${manager}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const { id } = await post('/spaces', { kind: 'site', name: 'Live', capacity: 1_000 });
  const paths = [];
  for (let each = 0; each < TOKENS; each += 1) {
    const { secret } = await post(`/spaces/${id}/display-tokens`, { name: `Screen ${each}` });
    paths.push(`/board/${secret}`);
  }
  const token = await tokenOf(app.url);
  let megabytes = 0;
  const look = async () => {
    megabytes = Math.max(megabytes, await residentMegabytes());
  };
  const { opened, p50, p99 } = await watch(
    { url: app.url, token, spaceId: id, paths, streams: STREAMS, events, pauseMs },
    () => void look(),
  );
  if (opened !== STREAMS) throw new Error(`${opened} of ${STREAMS} streams were open`);
  return { opened, megabytes, p50, p99 };
}
