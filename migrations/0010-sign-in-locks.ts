import type { MigrationInterface, QueryRunner } from 'typeorm';

/** IPv6 in the two ways of writing it (RFC 4291, 2.2), so that a text that is no address is never cast to one. */
const IPV6 = `(address ~* '^([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}$'
  OR address ~* '^([0-9a-f]{1,4}(:[0-9a-f]{1,4})*)?::([0-9a-f]{1,4}(:[0-9a-f]{1,4})*)?$'
    AND length(address) - length(replace(address, ':', '')) <= 7)`;

/** Its /64, each of the four groups without leading zeros. */
const BLOCK = `regexp_replace(regexp_replace(substring(encode(inet_send(address::inet), 'hex') FROM 9 FOR 16),
  '(.{4})(.{4})(.{4})(.{4})', '\\1:\\2:\\3:\\4'), '(^|:)0{1,3}(?=[0-9a-f])', '\\1', 'g') || '::/64'`;

/** Where users signed in from, beginning with what the audit knows, and which accounts are locked for a time. */
export class SignInLocks1764000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE sign_in_addresses (
        user_id bigint NOT NULL CONSTRAINT sign_in_addresses_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
        address text NOT NULL,
        signed_in_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT sign_in_addresses_pkey PRIMARY KEY (user_id, address)
      );
      CREATE INDEX sign_in_addresses_signed_in_at_idx ON sign_in_addresses (signed_in_at);
      INSERT INTO sign_in_addresses (user_id, address, signed_in_at)
      SELECT actor_id, block, max(at) FROM (
        SELECT actor_id, at, CASE
            WHEN address ~* '^(::ffff:)?[0-9]+([.][0-9]+){3}$' THEN regexp_replace(address, '^::ffff:', '', 'i')
            WHEN ${IPV6} THEN ${BLOCK}
          END AS block
        FROM (SELECT actor_id, address, max(at) AS at FROM audit
              WHERE action = 'session.start' AND at > now() - interval '30 days' GROUP BY actor_id, address) started
      ) known
      WHERE block IS NOT NULL AND EXISTS (SELECT FROM users WHERE id = actor_id)
      GROUP BY actor_id, block;

      CREATE TABLE sign_in_locks (
        key varchar(255) NOT NULL,
        until timestamptz NOT NULL,
        account text NOT NULL,
        subject_type text NOT NULL,
        subject_id text NOT NULL,
        address text,
        CONSTRAINT sign_in_locks_pkey PRIMARY KEY (key, until)
      );
      CREATE INDEX sign_in_locks_until_idx ON sign_in_locks (until);
      CREATE INDEX sign_in_locks_account_idx ON sign_in_locks (account);
      CREATE INDEX sign_in_limits_account_idx ON sign_in_limits (split_part(key, ':', 2));
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX sign_in_limits_account_idx; DROP TABLE sign_in_locks, sign_in_addresses;');
  }
}
