import type { MigrationInterface, QueryRunner } from 'typeorm';

/** At most one row: the maintenance that is announced or in force. */
export class Maintenance1764000000009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE maintenance (
        singleton boolean NOT NULL DEFAULT true CONSTRAINT maintenance_singleton_check CHECK (singleton),
        mode text NOT NULL CONSTRAINT maintenance_mode_check CHECK (mode IN ('notice', 'read_only', 'full')),
        starts_at timestamptz NOT NULL,
        message text,
        CONSTRAINT maintenance_pkey PRIMARY KEY (singleton)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE maintenance');
  }
}
