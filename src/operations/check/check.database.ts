import type { Config } from '../../../config/env.js';
import { openKeyRing } from '../../auth/keys/key.store.js';
import type { Database } from '../../platform/database/database.js';
import { servesMeanwhile } from '../../platform/migrations/breaking.js';
import { migrationState } from '../../platform/migrations/state.js';
import { failedTasks, reportJobs } from '../../platform/jobs/job.report.js';
import { StartupError } from '../../platform/errors/startup-error.js';
import { type Finding, finding } from './finding.js';

const LONG_WAIT_SECONDS = 300;

interface Rights {
  role: string;
  owns_audit: boolean;
  missing: string[];
}

async function checkMigrations(database: Database): Promise<Finding[]> {
  const { pending, unknown, breaking } = await migrationState(database);
  if (pending.length > 0) {
    const reason = await servesMeanwhile(database, pending);
    return [
      finding('fail', 'migrations', `${pending.join(', ')} pending: run frontdesk migrate`),
      // Not of the subject `migrations`: an update takes its failures as what it is for, and this one has to stop it.
      ...(reason === undefined ? [] : [finding('fail', 'release', reason)]),
    ];
  }
  if (breaking.length > 0)
    return [
      finding(
        'fail',
        'release',
        `this version cannot live with ${breaking.join(', ')} of a newer one: run that`,
      ),
    ];
  if (unknown.length > 0)
    return [finding('warn', 'migrations', `${unknown.join(', ')} are of a newer version than this one`)];
  return [finding('ok', 'migrations', 'all are done')];
}

async function checkRights(database: Database): Promise<Finding[]> {
  const [rights] = await database.query<Rights>({
    text: `SELECT current_user AS role,
                  (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'audit'::regclass) AS owns_audit,
                  ARRAY(SELECT needed.kind || ' on ' || relname
                        FROM pg_class, LATERAL (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) AS needed(kind)
                        WHERE relnamespace IN ('public'::regnamespace, 'graphile_worker'::regnamespace) AND relkind = 'r'
                          AND (relname NOT IN ('audit', 'audit_values', 'migrations') OR needed.kind = 'SELECT'
                               OR (relname <> 'migrations' AND needed.kind = 'INSERT'))
                          AND NOT has_table_privilege(pg_class.oid, needed.kind)
                        ORDER BY 1) AS missing`,
  });
  if (rights === undefined) return [];
  const { role, owns_audit, missing } = rights;
  const complete =
    missing.length === 0
      ? finding('ok', 'rights', `the role ${role} may read and write every table`)
      : finding(
          'fail',
          'rights',
          `the role ${role} lacks ${missing.join(', ')}: run frontdesk migrate with DATABASE_OWNER_URL`,
        );
  const separate = owns_audit
    ? finding(
        'warn',
        'roles',
        `${role} owns the schema as well: only a trigger keeps it from changing the audit; set DATABASE_OWNER_URL`,
      )
    : finding('ok', 'roles', `${role} can neither change the schema nor the audit`);
  return [complete, separate];
}

async function checkKeys(config: Config, database: Database): Promise<Finding> {
  const rows = await database.query({ text: `SELECT 1 FROM signing_keys WHERE state = 'active'` });
  // Opening the ring of an installation without keys would make them.
  if (rows.length === 0)
    return finding('warn', 'keys', 'there is no signing key yet: the first start makes it');
  try {
    await openKeyRing(config, database);
    return finding('ok', 'keys', `${rows.length} signing keys open`);
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    return finding('fail', 'keys', error.message);
  }
}

async function checkJobs(database: Database): Promise<Finding> {
  const { lag_seconds, failed } = await reportJobs(database);
  if (failed > 0)
    return finding(
      'warn',
      'jobs',
      `failed for good: ${(await failedTasks(database)).join(', ')}; see last_error in the view graphile_worker.jobs`,
    );
  if (lag_seconds > LONG_WAIT_SECONDS)
    return finding('warn', 'jobs', `one has been due for ${Math.round(lag_seconds)} s: does a worker run?`);
  return finding('ok', 'jobs', 'none failed for good, none waits for long');
}

/** Version, schema, rights, keys and jobs, as the application's role sees them. */
export async function checkDatabase(config: Config, database: Database): Promise<Finding[]> {
  const [server] = await database.query<{ version: string }>({
    text: `SELECT current_setting('server_version') AS version`,
  });
  const found = [finding('ok', 'database', `PostgreSQL ${server?.version} answers`)];
  const migrations = await checkMigrations(database);
  if (migrations.some(({ result }) => result === 'fail')) return [...found, ...migrations];
  return [
    ...found,
    ...migrations,
    ...(await checkRights(database)),
    await checkKeys(config, database),
    await checkJobs(database),
  ];
}
