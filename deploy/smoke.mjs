// Whether an instance serves as it should, asked on its own socket, past nginx: what update.sh wants to know before
// it touches the next one. Usage: smoke.mjs SOCKET [FILE]: FILE keeps the key ids of the first call, and every
// later one must still publish them, since tokens of those keys are out there.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const PATIENCE_MS = 30_000;

const [socketPath, kept] = process.argv.slice(2);
const { host } = new URL(process.env.PUBLIC_URL);

function ask(path) {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path, headers: { host }, timeout: 5000 }, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => {
        const { statusCode: status, headers } = answer;
        resolve({
          status,
          type: headers['content-type'] ?? '',
          text: Buffer.concat(pieces).toString('utf8'),
        });
      });
    });
    asking.on('timeout', () => asking.destroy(new Error('no answer in 5 s')));
    asking.on('error', reject).end();
  });
}

/** A maintenance may close all of these, and an update is often what it is for. */
const isClosed = ({ status, text }) => status === 503 && text.includes('"code":"maintenance"');

function expect(path, answer, [wantedStatus, wantedType]) {
  const { status, type, text } = answer;
  if ((status === wantedStatus && type.startsWith(wantedType)) || isClosed(answer)) return text;
  throw new Error(`${path} answers ${status} ${type}: ${text.slice(0, 300)}`);
}

async function keyIds() {
  const path = '/.well-known/jwks.json';
  const text = expect(path, await ask(path), [200, 'application/']);
  return JSON.parse(text).keys.map(({ kid }) => kid);
}

/** A moment in which the database is slow is no reason to go back. */
async function becomesReady() {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      expect('/health/ready', await ask('/health/ready'), [200, 'application/json']);
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await delay(500);
  }
}

async function check() {
  await becomesReady();
  for (const [path, status, type] of [
    ['/openapi.json', 200, 'application/json'],
    ['/docs', 200, 'text/html'],
    ['/api/v1/me', 401, 'application/problem+json'],
  ]) {
    expect(path, await ask(path), [status, type]);
  }
  const ids = await keyIds();
  if (kept === undefined) return;
  if (!existsSync(kept)) writeFileSync(kept, JSON.stringify(ids));
  const lost = JSON.parse(readFileSync(kept, 'utf8')).filter((id) => !ids.includes(id));
  if (lost.length > 0)
    throw new Error(
      `the keys ${lost.join(', ')} are gone, and with them the tokens of all who are signed in`,
    );
}

try {
  await check();
} catch (error) {
  console.error(`${socketPath}: ${error.message}`);
  process.exit(1);
}
