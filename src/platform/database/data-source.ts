import type { Client } from 'pg';
import { DataSource, type DataSourceOptions, type MixedList } from 'typeorm';
import { DatabaseClient } from './client.js';
import { useWireTypes } from './types.js';

interface ConnectionOptions {
  url: string;
  applicationName: string;
  poolSize: number;
  /** Milliseconds; 0 for work of unknown length such as migrations and exports. */
  statementTimeout: number;
  entities?: MixedList<new () => object>;
  onIdleError: (error: Error) => void;
}

/** The driver sends no limit of 0, so that one of the role or of the database would be in force. */
const UNLIMITED = '-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 ';

/** How much later than the server we give a statement up, and its connection with it. */
const SILENCE_MS = 1_500;

/** The statement that runs on it, or comes next, fails with it. */
const ignoreLoss = (): void => undefined;

/** The one place that knows how we connect. */
export function createDataSource(options: ConnectionOptions): DataSource {
  useWireTypes();
  const { statementTimeout } = options;
  return new DataSource({
    type: 'postgres',
    url: options.url,
    applicationName: options.applicationName,
    entities: options.entities ?? [],
    synchronize: false,
    logger: 'debug',
    installExtensions: false,
    poolErrorHandler: options.onIdleError,
    extra: {
      Client: DatabaseClient,
      max: options.poolSize,
      connectionTimeoutMillis: 2_000,
      statement_timeout: statementTimeout,
      // Only for a server that is silent: one that answers ends the statement itself, and the connection stays good.
      query_timeout: statementTimeout === 0 ? 0 : statementTimeout + SILENCE_MS,
      idle_in_transaction_session_timeout: statementTimeout,
      options: `${statementTimeout === 0 ? UNLIMITED : ''}-c timezone=UTC`,
      pipeline: true,
      // Without a listener a connection that ends while it is out of the pool would end the process.
      onConnect: (client: Client) => void client.on('error', ignoreLoss),
    },
  } satisfies DataSourceOptions);
}
