import { readFileSync } from 'node:fs';
import type { Database } from '../../src/platform/database/database.js';

const text = readFileSync('test/support/schema.sql', 'utf8');

/** The whole schema of a database, object by object, with an empty line between two. */
export async function describeSchema(database: Database): Promise<string> {
  const objects = await database.query<{ described: string }>({ text });
  return objects.map(({ described }) => described).join('\n');
}
