import type { Queryable } from './database.js';

/** The name under which an operator's command connects. */
export const COMMAND = 'frontdesk command';

/** The name under which migrations connect. */
export const MIGRATE = 'frontdesk migrate';

/** Names of the instances and workers that are connected to the database, separated by commas; undefined without any. */
export async function connectedApplications(db: Queryable): Promise<string | undefined> {
  const [others] = await db.query<{ names: string | null }>({
    text: `SELECT string_agg(DISTINCT application_name, ', ') AS names FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid()
             AND application_name ~ '^frontdesk' AND application_name <> ALL ($1)`,
    values: [[COMMAND, MIGRATE]],
  });
  return others?.names ?? undefined;
}
