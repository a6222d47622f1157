import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A ticket may be about a space; it stays when the space goes. */
export class TicketSpace1764000000008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE tickets ADD COLUMN space_id uuid
        CONSTRAINT tickets_space_id_fkey REFERENCES spaces (id) ON DELETE SET NULL;
      CREATE INDEX tickets_space_id_idx ON tickets (space_id, id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE tickets DROP COLUMN space_id');
  }
}
