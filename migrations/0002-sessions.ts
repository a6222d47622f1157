import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sessions, signing keys and sign-in limits, and the signal that lets instances cache who may act. */
export class Sessions1764000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE grants (
        id text CONSTRAINT grants_pkey PRIMARY KEY,
        user_id bigint NOT NULL CONSTRAINT grants_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
        client_id text NOT NULL,
        payload jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX grants_user_id_idx ON grants (user_id);
      CREATE INDEX grants_expires_at_idx ON grants (expires_at);

      CREATE TABLE refresh_tokens (
        id_hash bytea CONSTRAINT refresh_tokens_pkey PRIMARY KEY,
        grant_id text NOT NULL CONSTRAINT refresh_tokens_grant_id_fkey REFERENCES grants (id) ON DELETE CASCADE,
        payload jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        consumed_at timestamptz
      );
      CREATE INDEX refresh_tokens_grant_id_idx ON refresh_tokens (grant_id);
      CREATE INDEX refresh_tokens_expires_at_idx ON refresh_tokens (expires_at);

      CREATE TABLE signing_keys (
        kid text CONSTRAINT signing_keys_pkey PRIMARY KEY,
        algorithm text NOT NULL,
        state text NOT NULL CONSTRAINT signing_keys_state_check CHECK (state IN ('next', 'active', 'retired')),
        public_jwk jsonb NOT NULL,
        sealed_private_jwk bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        retired_at timestamptz
      );
      CREATE UNIQUE INDEX signing_keys_active_key ON signing_keys (algorithm) WHERE state = 'active';

      CREATE TABLE sign_in_limits (
        key varchar(255) CONSTRAINT sign_in_limits_pkey PRIMARY KEY,
        points integer NOT NULL DEFAULT 0,
        expire bigint
      );
      CREATE INDEX sign_in_limits_expire_idx ON sign_in_limits (expire);

      CREATE FUNCTION announce_actor_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_TABLE_NAME = 'users' THEN
          PERFORM pg_notify('actor_changed', 'user ' || OLD.id);
        ELSE
          PERFORM pg_notify('actor_changed', 'grant ' || OLD.id);
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER users_announce_change AFTER UPDATE OR DELETE ON users
        FOR EACH ROW EXECUTE FUNCTION announce_actor_change();
      CREATE TRIGGER grants_announce_change AFTER UPDATE OR DELETE ON grants
        FOR EACH ROW EXECUTE FUNCTION announce_actor_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER users_announce_change ON users;
      DROP TABLE refresh_tokens, grants, signing_keys, sign_in_limits;
      DROP FUNCTION announce_actor_change;
    `);
  }
}
