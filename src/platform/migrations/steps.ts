import type { MigrationInterface } from 'typeorm';
import { migrations } from '../../../migrations/index.js';

/**
 * A migration. Each runs in a transaction of its own, unless its instance says `transaction = false`: then it is repeated
 * after a crash, so it must bear that (`DROP INDEX CONCURRENTLY IF EXISTS`, then `CREATE INDEX CONCURRENTLY`).
 */
export interface MigrationStep {
  new (): MigrationInterface;
  name: string;
  /**
   * An older release cannot live with it: it is not run while one serves, and an older release that finds it refuses to
   * start. Everything else an older release must bear, for it serves while the newer one migrates.
   */
  breaking?: true;
}

/** The migrations of this version, in the order in which they run. */
export const steps: readonly MigrationStep[] = migrations;

/** Names of the migrations this version knows, in order. */
export const knownMigrations = steps.map(({ name }) => name);

/** Those of the named that no release before them can live with. */
export const breakingAmong = (names: readonly string[]): string[] =>
  steps.filter(({ name, breaking }) => breaking && names.includes(name)).map(({ name }) => name);
