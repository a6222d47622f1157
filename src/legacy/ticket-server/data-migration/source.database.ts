import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StartupError } from '../../../platform/errors/startup-error.js';
import type { MigratedRow } from './migrated.rows.js';

/** The ticket server's columns, and the names that our schemas have for them. */
const TABLES = {
  users: {
    ...{
      username: 'username',
      first_name: 'first_name',
      last_name: 'last_name',
      phone: 'phone',
      email: 'email',
      role: 'roles',
    },
    ...{
      disabled: 'disabled',
      login_denied: 'login_denied',
      hashed_password: 'hashed_password',
      created: 'created',
      updated: 'updated',
    },
  },
  employees: {
    ...{
      first_name: 'first_name',
      last_name: 'last_name',
      nick_name: 'nick_name',
      phone: 'phone',
      email: 'email',
      birthday: 'birthday',
    },
    ...{ country: 'country', city: 'city', address: 'address', created: 'created', updated: 'updated' },
  },
  tickets: {
    ...{
      title: 'title',
      description: 'description',
      status: 'status',
      employee_id: 'employee_id',
      owner_id: 'owner_id',
    },
    ...{ created: 'created', updated: 'updated' },
  },
} as const;

export type Table = keyof typeof TABLES;

/** Whole numbers of SQLite have 64 bits; those that a JSON number cannot hold stay as they are and break the rule for ids. */
const plain = (value: unknown): unknown =>
  typeof value === 'bigint' && value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
    ? Number(value)
    : value;

/** SQLite keeps neither booleans nor lists. What is neither is left as it is: then our schema names it. */
function converted(column: string, value: unknown): unknown {
  if (column === 'disabled' || column === 'login_denied')
    return value === 0 ? false : value === 1 ? true : value;
  if (column !== 'role' || typeof value !== 'string') return value;
  try {
    const roles: unknown = JSON.parse(value);
    return Array.isArray(roles) ? [...new Set(roles as unknown[])] : roles;
  } catch {
    return value;
  }
}

/** The ticket server's database, read only. */
export class SourceDatabase {
  private readonly database: DatabaseSync;

  /** @throws StartupError when it is no database of that server. */
  constructor(private readonly path: string) {
    if (!existsSync(path))
      throw new StartupError(`${path} is not there: give the path of the legacy server's sql_app.db`);
    try {
      this.database = new DatabaseSync(path, { readOnly: true });
      for (const table of Object.keys(TABLES) as Table[]) this.assertColumns(table);
    } catch (error) {
      if (error instanceof StartupError) throw error;
      throw new StartupError(`${path} cannot be read as an SQLite database: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  count(table: Table): number {
    return Number(this.database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count']);
  }

  /** The rows in the order of their ids, so many at a time. */
  *batches(table: Table, size: number): Generator<MigratedRow[]> {
    const columns = TABLES[table];
    const statement = this.database.prepare(
      `SELECT id, ${Object.keys(columns).join(', ')} FROM ${table} ORDER BY id`,
    );
    statement.setReadBigInts(true);
    let batch: MigratedRow[] = [];
    for (const row of statement.iterate()) {
      const values: Record<string, unknown> = {};
      for (const [column, name] of Object.entries(columns)) {
        const value = converted(column, plain(row[column]));
        if (value !== null && value !== '') values[name] = value;
      }
      batch.push({ id: plain(row['id']) as number, values });
      if (batch.length === size) {
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  }

  close(): void {
    this.database.close();
  }

  private assertColumns(table: Table): void {
    const found = this.database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all();
    const names = found.map(({ name }) => name);
    const missing = ['id', ...Object.keys(TABLES[table])].filter((column) => !names.includes(column));
    if (missing.length === 0) return;
    throw new StartupError(
      `${this.path} is no database of the legacy ticket server: its table ${table} lacks ${missing.join(', ')}`,
    );
  }
}
