import { createHash } from 'node:crypto';
import type { ClientConfig, Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { PipelinedReads } from './pipelined.reads.js';

const PIPELINED_CONNECTIONS = 2;

// Prepared, and so of the same protocol as what they are sent together with.
const BEGIN: Sql = { prepare: true, text: 'BEGIN' };
const COMMIT: Sql = { prepare: true, text: 'COMMIT' };

/** One statement. Those whose text never varies more than a list's shapes do are prepared under a name. */
export interface Sql {
  text: string;
  values?: unknown[];
  /** Prepare once for each connection; for the statements of hot paths. */
  prepare?: boolean;
  /** Takes microseconds, such as a read by primary key: may share a connection with others of its kind. */
  pipelined?: boolean;
}

export interface Queryable {
  /** All rows of one statement. */
  query<Row>(sql: Sql): Promise<Row[]>;
}

/** An open transaction: passed explicitly to whatever must succeed or fail with it. */
export interface Tx extends Queryable {
  /** Runs the statement with the commit, in one round trip; when it fails, nothing of the transaction is kept. */
  atCommit(sql: Sql): void;
  /** Runs after the commit and before the caller goes on; never after a rollback. */
  afterCommit(task: () => Promise<void> | void): void;
}

const names = new Map<string, string>();

/** A statement's name is the digest of its text, so that equal names always mean equal text. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = createHash('sha256').update(text).digest('base64url').slice(0, 32);
    names.set(text, name);
  }
  return name;
}

/** Classes of SQLSTATE after which a session ends or had better end: of connections, of the server and of its means. */
const BEYOND_USE = /^(08|53|57P|58|XX)/;

/** Whether PostgreSQL has refused the statement in order, which leaves its session as it was. */
const isUsableAfter = (error: unknown): boolean => {
  const { code = '' } = error as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !BEYOND_USE.test(code);
};

/** What can run a statement: a connection of the pool, or the pipelined reads. */
interface Carrier {
  query(statement: QueryConfig): Promise<QueryResult>;
}

/** All rows of one statement on this carrier. */
export async function run<Row>(carrier: Carrier, { text, values, prepare }: Sql): Promise<Row[]> {
  const result = await carrier.query(prepare ? { name: nameOf(text), text, values } : { text, values });
  return result.rows as Row[];
}

/** The pool behind TypeORM's DataSource, for statements of our own; TypeORM keeps schema and migrations. */
export class Database implements Queryable {
  readonly pool: Pool;
  private readonly pipelined: PipelinedReads;

  constructor(dataSource: DataSource) {
    this.pool = (dataSource.driver as PostgresDriver).master as Pool;
    this.pipelined = new PipelinedReads(this.pool, PIPELINED_CONNECTIONS);
  }

  query<Row>(sql: Sql): Promise<Row[]> {
    return sql.pipelined ? run<Row>(this.pipelined, sql) : this.onConnection<Row>(sql);
  }

  /** Unlike the pool's own `query` it keeps a connection on which a statement was refused or ran out of time. */
  private async onConnection<Row>(sql: Sql): Promise<Row[]> {
    const client = await this.pool.connect();
    let rows: Row[];
    try {
      rows = await run<Row>(client, sql);
    } catch (error) {
      client.release(isUsableAfter(error) ? undefined : (error as Error));
      throw error;
    }
    client.release();
    return rows;
  }

  /** How to connect for one who listens or locks, and so needs a connection of its own. */
  ownConnection(): ClientConfig {
    const { options } = this.pool;
    // The password is not enumerable, so a copy lacks it.
    return { ...options, password: options.password, keepAlive: true };
  }

  onModuleDestroy(): void {
    this.close();
  }

  /** Gives back what it holds of the pool, which cannot end before. */
  close(): void {
    this.pipelined.close();
  }

  /** Runs the work in one transaction: all of it is kept, or none. */
  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    const tasks: (() => Promise<void> | void)[] = [];
    const last: Sql[] = [];
    const tx: Tx = {
      query: (sql) => run(client, sql),
      atCommit: (sql) => void last.push(sql),
      afterCommit: (task) => void tasks.push(task),
    };
    let result: T;
    try {
      // Not awaited: what is sent in one turn, this and the first statement of the work, leaves in one write.
      const begun = run(client, BEGIN);
      begun.catch(() => undefined); // The await below, or the failure of the work, reports it.
      [, result] = await Promise.all([begun, work(tx)]);
      await Promise.all([...last, COMMIT].map((sql) => run(client, sql)));
    } catch (error) {
      await rollBack(client);
      throw error;
    }
    client.release();
    for (const task of tasks) await task();
    return result;
  }

  /**
   * Gives what the work reads, all of it as it was at one moment, for as long as somebody takes it; whoever leaves off
   * ends the generator, and with it the transaction.
   * @param patienceMs how long one piece may take to be wanted, after which PostgreSQL ends the connection.
   */
  async *reading<T>(
    patienceMs: number,
    work: (db: Queryable) => AsyncGenerator<T>,
  ): AsyncGenerator<T, void, undefined> {
    const client = await this.pool.connect();
    try {
      await run(client, { text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' });
      await run(client, { text: `SET LOCAL idle_in_transaction_session_timeout = ${patienceMs}` });
      yield* work({ query: (sql) => run(client, sql) });
    } finally {
      await rollBack(client);
    }
  }
}

async function rollBack(client: PoolClient): Promise<void> {
  try {
    await client.query('ROLLBACK');
    client.release();
  } catch (error) {
    // The connection is beyond use; closing it rolls back on the server.
    client.release(error as Error);
  }
}
