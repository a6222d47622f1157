// Readers of long answers, in a process of their own: reading must not slow down whoever measures.
// Arguments: the URL, the token, how many. Reads until its standard input is closed; then tells how often each status came.
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const [url, token, readers] = process.argv.slice(2);
const counts = {};
let going = true;
process.stdin.on('close', () => (going = false)).resume();

const read = () =>
  new Promise((resolve) => {
    const asked = request(url, { headers: { authorization: `Bearer ${token}` } }, (answer) => {
      let bytes = 0;
      answer.on('data', (piece) => (bytes += piece.length));
      answer.on('close', () =>
        resolve({
          status: answer.complete ? String(answer.statusCode) : 'cut',
          retryAfter: answer.headers['retry-after'],
          bytes,
        }),
      );
    });
    asked.on('error', () => resolve({ status: 'failed', bytes: 0 }));
    asked.end();
  });

async function reader() {
  while (going) {
    const { status, retryAfter, bytes } = await read();
    const known = (counts[status] ??= { times: 0, mostBytes: 0, withRetryAfter: 0 });
    known.times += 1;
    known.mostBytes = Math.max(known.mostBytes, bytes);
    if (retryAfter !== undefined) known.withRetryAfter += 1;
    // Who is told to come later does: sooner than it was told, so that there is always somebody.
    if (status !== '200') await delay(500);
  }
}

process.stdout.write('reading\n');
await Promise.all(Array.from({ length: Number(readers) }, reader));
process.stdout.write(`${JSON.stringify(counts)}\n`);
