import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/platform/database/data-source.js';

/** A small pool for a test that needs SQL and no application. */
export const openDataSource = (url: string): Promise<DataSource> =>
  createDataSource({
    url,
    applicationName: 'test',
    poolSize: 4,
    statementTimeout: 60_000,
    onIdleError: () => undefined,
  }).initialize();
