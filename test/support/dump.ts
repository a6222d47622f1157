import { createHash } from 'node:crypto';
import pg from 'pg';

/** Every row of every table, the job queue's too, as text by table; bytea is shown in hexadecimal. */
export async function dumpOf(ownerUrl: string): Promise<Map<string, string[]>> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const dump = new Map<string, string[]>();
    const tables = await client.query<{ name: string }>(
      `SELECT format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
       WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
    );
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      dump.set(
        name,
        rows.map(({ row }) => row),
      );
    }
    return dump;
  } finally {
    await client.end();
  }
}

/** How bytes are written in a table. */
const spellings = (bytes: Buffer): string[] => [
  bytes.toString('hex'),
  bytes.toString('hex').toUpperCase(),
  bytes.toString('base64').replace(/=+$/, ''),
  bytes.toString('base64url'),
];

/** A text as it may stand in a table when it is stored as it is. */
export const plainSpellings = (text: string): string[] => [text, ...spellings(Buffer.from(text))];

/** The digests of a text without salt and cost, which are tried by the billion a second. */
export const digestSpellings = (text: string): string[] =>
  ['md5', 'sha1', 'sha256', 'sha384', 'sha512'].flatMap((algorithm) =>
    spellings(createHash(algorithm).update(text).digest()),
  );

/** The tables and rows in which one of the texts stands. */
export const rowsWith = (dump: Map<string, string[]>, texts: readonly string[]): string[] =>
  [...dump].flatMap(([table, rows]) =>
    rows.filter((row) => texts.some((text) => row.includes(text))).map((row) => `${table}: ${row}`),
  );
