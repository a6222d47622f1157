import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Until now the fingerprint of a request that made a user was a plain digest over its password too. Such rows are
 * removed: a repetition of one of them meets the user that it made, and is refused for the username.
 */
export class ForgetFingerprints1764000000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM idempotency_keys WHERE route = 'POST /api/v1/users'`);
  }

  async down(): Promise<void> {
    // Nothing to bring back.
  }
}
