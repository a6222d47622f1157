// The load comes from a process of its own: wrk where it is installed, else autocannon.
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const CONNECTIONS = 32;
const hasWrk = spawnSync('wrk', ['-v']).error === undefined;

export const generator = hasWrk ? 'wrk' : 'autocannon';

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`${command} stopped with ${code}: ${out}`)),
    );
  });
}

async function wrk({ url, token, body, seconds, directory }) {
  const script = join(directory, `load-${process.pid}.lua`);
  const lines = [`wrk.headers["Authorization"] = "Bearer ${token}"`];
  if (body) {
    lines.push(
      'wrk.method = "POST"',
      'wrk.headers["Content-Type"] = "application/json"',
      `wrk.body = [[${JSON.stringify(body)}]]`,
    );
  }
  lines.push(
    'done = function(s) io.write(string.format("RESULT %d %d %d\\n", s.requests, s.duration, s.errors.status + s.errors.connect + s.errors.read + s.errors.timeout)) end',
  );
  writeFileSync(script, lines.join('\n'));
  const out = await run('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, url]);
  const [, requests, microseconds, errors] = /RESULT (\d+) (\d+) (\d+)/.exec(out).map(Number);
  return { perSecond: (requests / microseconds) * 1e6, errors };
}

async function autocannon({ url, token, body, seconds }) {
  const script = createRequire(import.meta.url).resolve('autocannon');
  const args = [
    script,
    '-j',
    '-c',
    String(CONNECTIONS),
    '-d',
    String(seconds),
    '-H',
    `authorization=Bearer ${token}`,
  ];
  if (body) args.push('-m', 'POST', '-H', 'content-type=application/json', '-b', JSON.stringify(body));
  const result = JSON.parse(await run(process.execPath, [...args, url]));
  return { perSecond: result.requests.average, errors: result.errors + result.non2xx };
}

/** Requests a second, over 32 connections. Refuses a round in which anything failed. */
export async function measure(options) {
  const { perSecond, errors } = await (hasWrk ? wrk(options) : autocannon(options));
  if (errors > 0)
    throw new Error(`${errors} requests to ${options.url} failed: the round counts for nothing`);
  return perSecond;
}

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

export const percentile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1];
