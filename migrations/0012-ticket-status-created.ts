import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tickets of one status in the order of time: without it the oldest open ones lie behind all that are closed. */
export class TicketStatusCreated1764000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX tickets_status_created_at_idx ON tickets (status, created_at, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX tickets_status_created_at_idx');
  }
}
