// The load comes from a process of its own: wrk where it is installed, else autocannon.
import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

const UUID_IN_LUA = `
local function uuid()
  local hex = {}
  for index = 1, 8 do hex[index] = string.format("%04x", math.random(0, 65535)) end
  return table.concat({hex[1] .. hex[2], hex[3], hex[4], hex[5], hex[6] .. hex[7] .. hex[8]}, "-")
end`;

/** wrk sends what this script makes; a body with \`{{uuid}}\` in it gets a new one in each request. */
function scriptFor({ token, body }) {
  const lines = [`wrk.headers["Authorization"] = "Bearer ${token}"`];
  if (body) {
    const text = JSON.stringify(body);
    lines.push(
      'wrk.method = "POST"',
      'wrk.headers["Content-Type"] = "application/json"',
      `wrk.body = [[${text}]]`,
    );
    if (text.includes('{{uuid}}')) {
      lines.push(
        // wrk knows no source of chance, and two runs must not make the same ids.
        `math.randomseed(${randomInt(2 ** 31)})`,
        UUID_IN_LUA,
        `local template = [[${text}]]`,
        'request = function() return wrk.format(nil, nil, nil, (template:gsub("{{uuid}}", uuid))) end',
      );
    }
  }
  lines.push(
    'done = function(s) io.write(string.format("RESULT %d %d %d\\n", s.requests, s.duration, s.errors.status + s.errors.connect + s.errors.read + s.errors.timeout)) end',
  );
  return lines.join('\n');
}

async function wrk({ url, token, body, seconds, directory, connections }) {
  const script = join(directory, `load-${process.pid}.lua`);
  writeFileSync(script, scriptFor({ token, body }));
  const out = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url]);
  const [, requests, microseconds, errors] = /RESULT (\d+) (\d+) (\d+)/.exec(out).map(Number);
  return { perSecond: (requests / microseconds) * 1e6, errors };
}

/** autocannon by its API, in a process of its own: its command line cannot vary a body. */
async function autocannon(options) {
  const script = fileURLToPath(new URL('load.autocannon.mjs', import.meta.url));
  const result = JSON.parse(await run(process.execPath, [script, JSON.stringify(options)]));
  return { perSecond: result.requests.average, errors: result.errors + result.non2xx };
}

/** Requests a second, over 32 connections unless told. Refuses a round in which anything failed. */
export async function measure({ connections = CONNECTIONS, ...others }) {
  const options = { connections, ...others };
  const { perSecond, errors } = await (hasWrk ? wrk(options) : autocannon(options));
  if (errors > 0)
    throw new Error(`${errors} requests to ${options.url} failed: the round counts for nothing`);
  return perSecond;
}

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

export const percentile = (values, share) =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1];
