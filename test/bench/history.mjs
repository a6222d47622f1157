// What the history of a space costs, beside the histories of others.
import { openInstallation, PASSWORD, tokenOf } from './installation.mjs';
import { median, percentile } from './load.mjs';

const DAY_MS = 86_400_000;
const MONTH_MS = 30 * DAY_MS;
const ROUNDS = 100;

const spaceId = (index) => `0199c6f2-8f3a-7c41-9d55-${String(index).padStart(12, '0')}`;

const HOURS = ['08:30', '18:00'];
const OPEN = JSON.stringify(
  Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [HOURS]])),
);

/** Every other one in a zone whose hours begin when ours are half over. */
async function seedSpaces(admin, count) {
  await admin.query(
    `INSERT INTO spaces (id, path, kind, name, capacity, time_zone, opening_hours, counting_since)
     SELECT id, ARRAY[id], 'building', 'Building ' || n, 500, zone, $2, now() - interval '3 years'
     FROM generate_series(1, $1::int) n,
       LATERAL (SELECT ('0199c6f2-8f3a-7c41-9d55-' || lpad(n::text, 12, '0'))::uuid AS id,
                  CASE WHEN n % 2 = 1 THEN 'Europe/London' ELSE 'Asia/Kolkata' END AS zone) made`,
    [count, OPEN],
  );
  await admin.query('INSERT INTO space_counts (space_id) SELECT id FROM spaces ON CONFLICT DO NOTHING');
}

/** Something happens in every minute of every hour: no history has more rows. They lie as jobs write them, by time. */
const seed = (admin, { table, column, unit, spaces, days }) =>
  admin.query(
    `INSERT INTO ${table} (space_id, ${column}, entered, departed, min, max, last, person_seconds)
     SELECT ('0199c6f2-8f3a-7c41-9d55-' || lpad(n::text, 12, '0'))::uuid, at, 3, 3, 100, 160, 130 + n % 20,
       130 * extract(epoch FROM $1::interval)
     FROM generate_series(date_trunc('hour', now()) - make_interval(days => $3), date_trunc('hour', now()) + interval '2 hours', $1::interval) at,
       generate_series(1, $2::int) n
     ORDER BY at`,
    [unit, spaces, days],
  );

async function seedAll(admin, { minuteSpaces, hourSpaces, days, years }) {
  await seedSpaces(admin, hourSpaces);
  await seed(admin, {
    table: 'space_minutes',
    column: 'minute',
    unit: '1 minute',
    spaces: minuteSpaces,
    days,
  });
  await seed(admin, {
    table: 'space_quarters',
    column: 'quarter',
    unit: '15 minutes',
    spaces: minuteSpaces,
    days,
  });
  await seed(admin, {
    table: 'space_hours',
    column: 'hour',
    unit: '1 hour',
    spaces: hourSpaces,
    days: years * 365,
  });
  await admin.query('VACUUM ANALYZE');
}

/** Milliseconds that a month by hour takes. */
async function readMonth({ url, token }, index, to) {
  const query = new URLSearchParams({
    from: new Date(to - MONTH_MS).toISOString(),
    to: new Date(to).toISOString(),
    step: '1h',
  });
  const began = performance.now();
  const response = await fetch(`${url}/api/v1/spaces/${spaceId(index)}/occupancy?${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { items } = await response.json();
  const taken = performance.now() - began;
  if (items.length < 720 || items.some(({ mean }) => mean === null)) throw new Error('a month is not whole');
  return taken;
}

/** An installation with one building of each kind and no other. */
async function openAlone(days, years) {
  const installation = await openInstallation();
  const app = await installation.start({
    script: 'dist/src/main.js',
    environment: {
      DATABASE_URL: installation.url,
      DATABASE_OWNER_URL: installation.ownerUrl,
      BOOTSTRAP_PASSWORD: PASSWORD,
    },
    readyPath: '/health/ready',
  });
  await seedAll(installation.admin, { minuteSpaces: 2, hourSpaces: 2, days, years });
  return { url: app.url, token: await tokenOf(app.url), close: installation.close };
}

/**
 * A month by hour: of a zone of whole hours, which is read from the hours, and of one of half hours, which is read from
 * the quarters. Among the minutes of ten buildings and the hours of 200, and in turn with an installation that has no others.
 */
export async function history({ admin, url, token, report, quick }) {
  const [days, years] = quick ? [90, 1] : [365, 3];
  await seedAll(admin, { minuteSpaces: 10, hourSpaces: quick ? 40 : 200, days, years });
  const among = { url, token };
  const alone = await openAlone(days, years);
  try {
    for (const [grain, first] of [
      ['hours', 1],
      ['quarters', 2],
    ]) {
      const taken = { alone: [], among: [] };
      // The first rounds are for the caches of the servers and of the program.
      for (let round = -20; round < ROUNDS; round += 1) {
        const to = Date.now() - ((round + 20) % (days - 31)) * DAY_MS;
        const one = await readMonth(alone, first, to);
        const other = await readMonth(among, first + 2 * ((round + 20) % 5), to);
        if (round < 0) continue;
        taken.alone.push(one);
        taken.among.push(other);
      }
      report(`p95 of a month by hour, from ${grain}`, percentile(taken.among, 0.95), {
        atMost: 300,
        unit: ' ms',
      });
      const [before, after] = [median(taken.alone), median(taken.among)];
      process.stdout.write(
        `     ${grain}: ${before.toFixed(1)} ms alone, ${after.toFixed(1)} ms among others\n`,
      );
      report(`the same among ten, share of one alone, from ${grain}`, after / before, { atMost: 1.2 });
    }
  } finally {
    await alone.close();
  }
}
