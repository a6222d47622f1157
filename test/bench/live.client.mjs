// Watches boards through many streams, counts people, and tells how soon every stream has seen each event.
// argv: a JSON of { url, token, spaceId, paths, streams, events, pauseMs }. Writes a JSON of { opened, p50, p99 } in milliseconds.
import { request } from 'node:http';
import { percentile } from './load.mjs';

const { url, token, spaceId, paths, streams, events, pauseMs } = JSON.parse(process.argv[2]);

/** Seq to when it was seen, for each stream. */
const seen = Array.from({ length: streams }, () => new Map());
let opened = 0;

function open(index) {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}${paths[index % paths.length]}/stream`, { agent: false }, (answer) => {
      if (answer.statusCode !== 200) return reject(new Error(`a stream was answered ${answer.statusCode}`));
      opened += 1;
      let rest = '';
      answer.setEncoding('utf8').on('data', (text) => {
        const at = performance.now();
        const blocks = (rest + text).split('\n\n');
        rest = blocks.pop();
        for (const block of blocks) {
          const seq = /^id: (\d+)$/m.exec(block)?.[1];
          if (seq !== undefined) seen[index].set(Number(seq), at);
        }
        resolve();
      });
      answer.on('close', () => reject(new Error('a stream ended')));
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** One event by a connection of its own. @returns when it was sent, and the seq that it made. */
function count() {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const asked = request(
      `${url}/api/v1/spaces/${spaceId}/increment`,
      { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (text) => (body += text));
        answer.on('end', () => resolve({ began, seq: JSON.parse(body).seq }));
      },
    );
    asked.on('error', reject);
    asked.end('{}');
  });
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

for (let index = 0; index < streams; index += 50)
  await Promise.all(Array.from({ length: Math.min(50, streams - index) }, (_, each) => open(index + each)));
await pause(500);
const sent = [];
for (let times = 0; times < events; times += 1) {
  sent.push(await count());
  await pause(pauseMs);
}
await pause(1_000);

const latencies = sent.flatMap(({ began, seq }) =>
  // A later state stands for those that were left out.
  seen.map((stream) => {
    const at = [...stream].filter(([id]) => id >= seq).map(([, moment]) => moment);
    return at.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...at) - began;
  }),
);
const result = { opened, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
process.stdout.write(JSON.stringify(result), () => process.exit(0));
