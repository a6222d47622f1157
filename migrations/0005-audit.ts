import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Append-only: with one database role for schema and application the trigger is what refuses a change. */
export class Audit1764000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_pkey PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT now(),
        action text NOT NULL,
        subject_type text NOT NULL,
        subject_id text NOT NULL,
        actor_id bigint,
        actor_username text,
        client_id text,
        address text,
        request_id text,
        before jsonb,
        after jsonb
      );
      CREATE INDEX audit_subject_idx ON audit (subject_type, subject_id, id);

      CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'audit rows are never changed or removed' USING ERRCODE = 'insufficient_privilege';
      END $$;
      CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit; DROP FUNCTION refuse_audit_change;');
  }
}
