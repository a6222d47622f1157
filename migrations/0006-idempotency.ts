import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Idempotency1764000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotency_keys (
        actor_id bigint NOT NULL CONSTRAINT idempotency_keys_actor_id_fkey REFERENCES users (id) ON DELETE CASCADE,
        route text NOT NULL,
        key text NOT NULL,
        body_hash bytea NOT NULL,
        result jsonb NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT idempotency_keys_pkey PRIMARY KEY (actor_id, route, key)
      );
      CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_keys');
  }
}
