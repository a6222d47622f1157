// Counting: one hot space against the floor, and many spaces by lists of events.
import { randomUUID } from 'node:crypto';
import { POOL_SIZE, tokenOf } from './installation.mjs';
import { measure, median } from './load.mjs';

const MANY = 1_000;
const LIST = 100;

/** Spaces by SQL, each the root of its own tree. */
async function seedSpaces(admin, count) {
  const ids = Array.from({ length: count }, () => randomUUID());
  await admin.query(
    `INSERT INTO spaces (id, path, kind, name, counting_since)
     SELECT id, ARRAY[id], 'room', 'Room ' || id, now() - interval '1 year' FROM unnest($1::uuid[]) id`,
    [ids],
  );
  await admin.query('INSERT INTO space_counts (space_id) SELECT unnest($1::uuid[])', [ids]);
  return ids;
}

const event = () => ({ event_id: '{{uuid}}', delta: 1, at: new Date().toISOString() });

async function hot({ app, floor, token, spaceId, directory, rounds, seconds, report }) {
  for (const connections of [32, 128]) {
    const ours = [];
    const theirs = [];
    const path = `/api/v1/spaces/${spaceId}/events`;
    const round = (server) =>
      measure({ url: server.url + path, token, body: event(), seconds, directory, connections });
    await round(app);
    await round(floor);
    for (let count = 0; count < rounds; count += 1) {
      theirs.push(await round(floor));
      ours.push(await round(app));
    }
    process.stdout.write(
      `     one hot space, ${connections} clients: ${median(ours).toFixed(0)}/s of ${median(theirs).toFixed(0)}/s\n`,
    );
    report(`one hot space, ${connections} clients, times the floor`, median(ours) / median(theirs), {
      atLeast: 3,
    });
  }
}

async function lists({ app, token, spaceIds, seconds, report }) {
  const until = performance.now() + seconds * 1_000;
  let counted = 0;
  let next = 0;
  const client = async () => {
    while (performance.now() < until) {
      const id = spaceIds[(next += 1) % spaceIds.length];
      const at = new Date().toISOString();
      const body = JSON.stringify(
        Array.from({ length: LIST }, (_, index) => ({
          event_id: randomUUID(),
          delta: index % 2 ? -1 : 1,
          at,
        })),
      );
      const response = await fetch(`${app.url}/api/v1/spaces/${id}/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
      });
      const answer = await response.json();
      if (answer.counted !== LIST)
        throw new Error(`a list was not counted: ${JSON.stringify(answer).slice(0, 200)}`);
      counted += answer.counted;
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: 16 }, client));
  const perSecond = (counted / (performance.now() - began)) * 1_000;
  report(`${spaceIds.length} spaces, lists of ${LIST}, events`, perSecond, { atLeast: 5_000, unit: '/s' });
}

export async function benchCounting({ installation, startApp, environment, rounds, seconds, report }) {
  const [hotId, ...spaceIds] = await seedSpaces(installation.admin, MANY + 1);
  const app = await startApp();
  const floor = await installation.start({
    script: 'test/bench/counting-floor.mjs',
    environment: { ...environment, POOL_SIZE: String(POOL_SIZE) },
    readyPath: '/',
  });
  const token = await tokenOf(app.url);
  await hot({ app, floor, token, spaceId: hotId, directory: installation.dataDir, rounds, seconds, report });
  await lists({ app, token, spaceIds, seconds: seconds * 2, report });
  await floor.stop();
  await app.stop();
}
