import { Client, type ClientConfig } from 'pg';
import { markAsDatabase } from '../errors/postgres.js';

/** How PostgreSQL is spoken to everywhere: what befalls such a connection is told from any other socket or file. */
export class DatabaseClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    // Whatever the socket reports, in the clear or within TLS, comes through here and then to whoever waits.
    this.connection.on('error', markAsDatabase);
  }
}
