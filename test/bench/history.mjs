// What the history of a space costs, beside the histories of others.
import { percentile } from './load.mjs';

const MONTH_MS = 30 * 86_400_000;
const ROUNDS = 60;

const spaceId = (index) => `0199c6f2-8f3a-7c41-9d55-${String(index).padStart(12, '0')}`;

async function seedSpaces(admin, count) {
  await admin.query(
    `INSERT INTO spaces (id, path, kind, name, capacity, time_zone, opening_hours, counting_since)
     SELECT id, ARRAY[id], 'building', 'Building ' || n, 500, zone,
       '{"mon": [["08:30", "18:00"]], "tue": [["08:30", "18:00"]], "wed": [["08:30", "18:00"]], "thu": [["08:30", "18:00"]], "fri": [["08:30", "18:00"]]}',
       now() - interval '3 years'
     FROM generate_series(1, $1::int) n,
       LATERAL (SELECT ('0199c6f2-8f3a-7c41-9d55-' || lpad(n::text, 12, '0'))::uuid AS id,
                  CASE WHEN n % 2 = 1 THEN 'Europe/London' ELSE 'Asia/Kolkata' END AS zone) made`,
    [count],
  );
  await admin.query('INSERT INTO space_counts (space_id) SELECT id FROM spaces ON CONFLICT DO NOTHING');
}

/** Something happens in every minute of every hour: no history has more rows. */
const seed = (admin, { table, column, unit, first, last, days }) =>
  admin.query(
    `INSERT INTO ${table} (space_id, ${column}, entered, departed, min, max, last, person_seconds)
     SELECT s.id, at, 3, 3, 100, 160, 130 + n % 20, 130 * extract(epoch FROM $1::interval)
     FROM generate_series($2::int, $3::int) n, spaces s,
       generate_series(date_trunc('hour', now()) - make_interval(days => $4), date_trunc('hour', now()) + interval '2 hours' - $1::interval, $1::interval) at
     WHERE s.id = ('0199c6f2-8f3a-7c41-9d55-' || lpad(n::text, 12, '0'))::uuid`,
    [unit, first, last, days],
  );

/** So that what is written behind a seeding is not measured. */
async function settle(admin) {
  await admin.query('VACUUM ANALYZE');
  await admin.query('CHECKPOINT');
}

/** Milliseconds of each of many reads of a month by hour. */
async function readMonths({ url, token, spaces, days }) {
  const taken = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const to = Date.now() - ((round * 86_400_000) % Math.max(1, days * 86_400_000 - MONTH_MS));
    const query = new URLSearchParams({
      from: new Date(to - MONTH_MS).toISOString(),
      to: new Date(to).toISOString(),
      step: '1h',
    });
    const began = performance.now();
    const response = await fetch(`${url}/api/v1/spaces/${spaces[round % spaces.length]}/occupancy?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { items } = await response.json();
    taken.push(performance.now() - began);
    if (items.length < 720 || items.some(({ mean }) => mean === null))
      throw new Error('a month is not whole');
  }
  return taken;
}

/**
 * A month by hour: of a zone of whole hours, which is read from the hours, and of one of half hours, which is read from
 * the quarters; then the same among five times the minutes and the hours of 200 spaces.
 */
export async function history({ admin, url, token, report, quick }) {
  const [days, years] = quick ? [90, 1] : [365, 3];
  const spaces = quick ? 40 : 200;
  const minutes = { table: 'space_minutes', column: 'minute', unit: '1 minute', days };
  const quarters = { table: 'space_quarters', column: 'quarter', unit: '15 minutes', days };
  const hours = { table: 'space_hours', column: 'hour', unit: '1 hour', days: years * 365 };
  await seedSpaces(admin, spaces);
  for (const table of [minutes, quarters, hours]) await seed(admin, { ...table, first: 1, last: 2 });
  await settle(admin);
  const read = (ids) => readMonths({ url, token, spaces: ids, days });
  await read([spaceId(1), spaceId(2)]);
  const alone = [await read([spaceId(1)]), await read([spaceId(2)])];
  for (const table of [minutes, quarters]) await seed(admin, { ...table, first: 3, last: 10 });
  await seed(admin, { ...hours, first: 3, last: spaces });
  await settle(admin);
  const odd = [1, 3, 5, 7, 9].map(spaceId);
  const even = [2, 4, 6, 8, 10].map(spaceId);
  const among = [await read(odd), await read(even)];
  for (const [index, grain] of ['hours', 'quarters'].entries()) {
    const p95 = percentile(among[index], 0.95);
    report(`p95 of a month by hour, from ${grain}`, p95, { atMost: 300, unit: ' ms' });
    const [before, after] = [percentile(alone[index], 0.25), percentile(among[index], 0.25)];
    process.stdout.write(
      `     ${grain}: ${before.toFixed(1)} ms alone, ${after.toFixed(1)} ms among others\n`,
    );
    report(`the same among ten histories, share of two`, after / before, { atMost: 1.3 });
  }
}
