import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sessions instead of grants, principals instead of actors, `created_by` instead of `owner_id`, and an audit whose rows
 * carry their transaction and leave long and personal values to `audit_values`. All renames of this release are here, so
 * that one step is what an older release cannot live with; nothing is rewritten, so it takes no time.
 */
export class House1764000000013 implements MigrationInterface {
  static breaking = true as const;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SESSIONS);
    await runner.query(IDEMPOTENCY_KEYS);
    await runner.query(CREATED_BY);
    await runner.query(AUDIT);
    await runner.query(AUDIT_VALUES);
    await runner.query(REDACT_AUDIT);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION redact_audit;
      DROP TABLE audit_values;
      DROP FUNCTION refuse_audit_values_change;
      ALTER TABLE audit DROP COLUMN xid, DROP COLUMN principal_type, DROP COLUMN principal_id;

      ALTER TABLE tickets DROP COLUMN due_at;
      ALTER TABLE tickets RENAME COLUMN created_by TO owner_id;
      ALTER TABLE tickets RENAME CONSTRAINT tickets_created_by_fkey TO tickets_owner_id_fkey;
      ALTER INDEX tickets_created_by_idx RENAME TO tickets_owner_id_idx;
      ALTER TABLE spaces RENAME COLUMN ticket_created_by TO ticket_owner_id;
      ALTER TABLE spaces RENAME CONSTRAINT spaces_ticket_created_by_fkey TO spaces_ticket_owner_id_fkey;
      ALTER INDEX spaces_ticket_created_by_idx RENAME TO spaces_ticket_owner_id_idx;

      DROP TRIGGER users_forget_keys ON users;
      DROP FUNCTION forget_idempotency_keys;
      DELETE FROM idempotency_keys WHERE principal_type <> 'user';
      ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_pkey;
      ALTER TABLE idempotency_keys ADD COLUMN actor_id bigint
        CONSTRAINT idempotency_keys_actor_id_fkey REFERENCES users (id) ON DELETE CASCADE;
      UPDATE idempotency_keys SET actor_id = principal_id::bigint;
      ALTER TABLE idempotency_keys ALTER COLUMN actor_id SET NOT NULL,
        DROP COLUMN principal_type, DROP COLUMN principal_id, DROP COLUMN client_id,
        ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (actor_id, route, key);

      ALTER TABLE sessions RENAME TO grants;
      ALTER TABLE grants RENAME CONSTRAINT sessions_pkey TO grants_pkey;
      ALTER TABLE grants RENAME CONSTRAINT sessions_user_id_fkey TO grants_user_id_fkey;
      ALTER INDEX sessions_user_id_idx RENAME TO grants_user_id_idx;
      ALTER INDEX sessions_expires_at_idx RENAME TO grants_expires_at_idx;
      ALTER TABLE refresh_tokens RENAME COLUMN session_id TO grant_id;
      ALTER TABLE refresh_tokens RENAME CONSTRAINT refresh_tokens_session_id_fkey TO refresh_tokens_grant_id_fkey;
      ALTER INDEX refresh_tokens_session_id_idx RENAME TO refresh_tokens_grant_id_idx;
      DROP TRIGGER users_announce_change ON users;
      DROP TRIGGER sessions_announce_change ON grants;
      DROP FUNCTION announce_principal_change;
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
}

const SESSIONS = `
  ALTER TABLE grants RENAME TO sessions;
  ALTER TABLE sessions RENAME CONSTRAINT grants_pkey TO sessions_pkey;
  ALTER TABLE sessions RENAME CONSTRAINT grants_user_id_fkey TO sessions_user_id_fkey;
  ALTER INDEX grants_user_id_idx RENAME TO sessions_user_id_idx;
  ALTER INDEX grants_expires_at_idx RENAME TO sessions_expires_at_idx;
  ALTER TABLE refresh_tokens RENAME COLUMN grant_id TO session_id;
  ALTER TABLE refresh_tokens RENAME CONSTRAINT refresh_tokens_grant_id_fkey TO refresh_tokens_session_id_fkey;
  ALTER INDEX refresh_tokens_grant_id_idx RENAME TO refresh_tokens_session_id_idx;

  DROP TRIGGER users_announce_change ON users;
  DROP TRIGGER grants_announce_change ON sessions;
  DROP FUNCTION announce_actor_change;
  CREATE FUNCTION announce_principal_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_TABLE_NAME = 'users' THEN
      PERFORM pg_notify('principal_changed', 'user ' || OLD.id);
    ELSE
      PERFORM pg_notify('principal_changed', 'session ' || OLD.id);
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER users_announce_change AFTER UPDATE OR DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION announce_principal_change();
  CREATE TRIGGER sessions_announce_change AFTER UPDATE OR DELETE ON sessions
    FOR EACH ROW EXECUTE FUNCTION announce_principal_change();
`;

/** Keys of every kind of principal; those of a user go with the user, in the same transaction. */
const IDEMPOTENCY_KEYS = `
  ALTER TABLE idempotency_keys
    DROP CONSTRAINT idempotency_keys_pkey,
    DROP CONSTRAINT idempotency_keys_actor_id_fkey,
    ADD COLUMN principal_type text,
    ADD COLUMN principal_id text,
    ADD COLUMN client_id text;
  UPDATE idempotency_keys SET principal_type = 'user', principal_id = actor_id::text;
  ALTER TABLE idempotency_keys
    ALTER COLUMN principal_type SET NOT NULL,
    ALTER COLUMN principal_id SET NOT NULL,
    DROP COLUMN actor_id,
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (principal_type, principal_id, route, key);

  CREATE FUNCTION forget_idempotency_keys() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    DELETE FROM idempotency_keys WHERE principal_type = 'user' AND principal_id = OLD.id::text;
    RETURN NULL;
  END $$;
  CREATE TRIGGER users_forget_keys AFTER DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION forget_idempotency_keys();
`;

const CREATED_BY = `
  ALTER TABLE tickets RENAME COLUMN owner_id TO created_by;
  ALTER TABLE tickets RENAME CONSTRAINT tickets_owner_id_fkey TO tickets_created_by_fkey;
  ALTER INDEX tickets_owner_id_idx RENAME TO tickets_created_by_idx;
  ALTER TABLE tickets ADD COLUMN due_at timestamptz;
  ALTER TABLE spaces RENAME COLUMN ticket_owner_id TO ticket_created_by;
  ALTER TABLE spaces RENAME CONSTRAINT spaces_ticket_owner_id_fkey TO spaces_ticket_created_by_fkey;
  ALTER INDEX spaces_ticket_owner_id_idx RENAME TO spaces_ticket_created_by_idx;
`;

/** The rows of before have no transaction: their ids came from another history, or are forgotten. */
const AUDIT = `
  ALTER TABLE audit
    ADD COLUMN xid xid8,
    ADD COLUMN principal_type text,
    ADD COLUMN principal_id text;
  ALTER TABLE audit ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
`;

const AUDIT_VALUES = `
  CREATE TABLE audit_values (
    audit_id bigint NOT NULL CONSTRAINT audit_values_audit_id_fkey REFERENCES audit (id),
    field text NOT NULL,
    before jsonb,
    after jsonb,
    salt bytea NOT NULL,
    CONSTRAINT audit_values_pkey PRIMARY KEY (audit_id, field)
  );

  CREATE FUNCTION refuse_audit_values_change() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    stack text;
  BEGIN
    GET DIAGNOSTICS stack = PG_CONTEXT;
    IF TG_OP = 'DELETE' AND stack LIKE '%function redact_audit(text,text,text[])%' THEN
      RETURN NULL;
    END IF;
    RAISE EXCEPTION 'values of the audit are removed by redact_audit() alone' USING ERRCODE = 'insufficient_privilege';
  END $$;
  CREATE TRIGGER audit_values_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_values
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_values_change();
`;

/**
 * Erases what the audit keeps of a subject. Rows stay, with the digests that stand in them for the values; what was
 * erased is an audit row itself.
 */
const REDACT_AUDIT = `
  CREATE FUNCTION redact_audit(subject_type text, subject_id text, fields text[]) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  DECLARE
    erased bigint;
  BEGIN
    DELETE FROM public.audit_values v USING public.audit a
    WHERE a.id = v.audit_id AND a.subject_type = redact_audit.subject_type AND a.subject_id = redact_audit.subject_id
      AND v.field = ANY (redact_audit.fields);
    GET DIAGNOSTICS erased = ROW_COUNT;
    INSERT INTO public.audit (action, subject_type, subject_id, principal_type, actor_username, after)
    VALUES ('audit.redact', redact_audit.subject_type, redact_audit.subject_id, 'system', '(frontdesk)',
      pg_catalog.jsonb_build_object('fields', pg_catalog.to_jsonb(redact_audit.fields), 'values', erased));
    RETURN erased;
  END $$;
  REVOKE ALL ON FUNCTION redact_audit(text, text, text[]) FROM PUBLIC;
`;
