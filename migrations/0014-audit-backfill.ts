import type { MigrationInterface, QueryRunner } from 'typeorm';

const BATCH = 5_000;

/** Fields whose older values leave the rows: long text, and what a description of a field calls personal. */
const SPLIT: Record<string, readonly string[]> = {
  ticket: ['description'],
  employee: [
    'first_name',
    'last_name',
    'nick_name',
    'phone',
    'email',
    'birthday',
    'country',
    'city',
    'address',
  ],
  user: ['first_name', 'last_name', 'phone', 'email'],
};

const FIELDS = `(VALUES ${Object.entries(SPLIT)
  .flatMap(([type, fields]) => fields.map((field) => `('${type}', '${field}')`))
  .join(', ')}) AS split(subject_type, field)`;

/** The digest that stands in a row for a value (see writeAudit). */
const digest = (side: 'before' | 'after'): string =>
  `jsonb_build_object('sha256', encode(sha256(v.salt || convert_to((v.${side})::text, 'UTF8')), 'hex'))`;

const swap = (side: 'before' | 'after'): string =>
  `CASE WHEN a.${side} IS NULL THEN NULL ELSE a.${side} || coalesce((
     SELECT jsonb_object_agg(v.field, ${digest(side)}) FROM audit_values v
     WHERE v.audit_id = a.id AND v.${side} IS NOT NULL), '{}') END`;

/**
 * Fills the new columns of older audit rows and moves their long and personal values out, batch by batch and each in a
 * transaction of its own, then builds the index of changes by transaction. Repeated after a crash, it goes on.
 */
export class AuditBackfill1764000000014 implements MigrationInterface {
  transaction = false as const;

  async up(runner: QueryRunner): Promise<void> {
    const hasActor = (await runner.query(
      `SELECT FROM pg_attribute WHERE attrelid = 'audit'::regclass AND attname = 'actor_id' AND NOT attisdropped`,
    )) as unknown[];
    if (hasActor.length > 0) {
      for (let last = 0; ;) {
        const next = await this.moveBatch(runner, last);
        if (next === undefined) break;
        last = next;
      }
      await runner.query('ALTER TABLE audit DROP COLUMN actor_id');
    }
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS audit_xid_idx');
    await runner.query('CREATE INDEX CONCURRENTLY audit_xid_idx ON audit (xid, id)');
    await runner.query('DROP INDEX CONCURRENTLY IF EXISTS tickets_due_at_idx');
    await runner.query('CREATE INDEX CONCURRENTLY tickets_due_at_idx ON tickets (due_at, id)');
  }

  /** @returns the last id of the batch; undefined when there was none. */
  private async moveBatch(runner: QueryRunner, last: number): Promise<number | undefined> {
    await runner.startTransaction();
    try {
      // Nobody but the owner of the schema can, and nothing is lost: what leaves a row stands in audit_values.
      await runner.query('ALTER TABLE audit DISABLE TRIGGER audit_append_only');
      await runner.query(
        `INSERT INTO audit_values (audit_id, field, before, after, salt)
         SELECT a.id, split.field, nullif(a.before -> split.field, 'null'), nullif(a.after -> split.field, 'null'),
                decode(replace(gen_random_uuid()::text, '-', ''), 'hex')
         FROM (SELECT * FROM audit WHERE id > $1 ORDER BY id LIMIT ${BATCH}) a
         JOIN ${FIELDS} ON split.subject_type = a.subject_type
         WHERE coalesce(nullif(a.before -> split.field, 'null'), nullif(a.after -> split.field, 'null')) IS NOT NULL
           AND NOT EXISTS (
           SELECT FROM audit_values v WHERE v.audit_id = a.id AND v.field = split.field)`,
        [last],
      );
      const [row] = (await runner.query(
        `WITH batch AS (SELECT id FROM audit WHERE id > $1 ORDER BY id LIMIT ${BATCH}),
         moved AS (
           UPDATE audit a SET before = ${swap('before')}, after = ${swap('after')},
             principal_id = a.actor_id::text,
             principal_type = CASE WHEN a.actor_id IS NOT NULL THEN 'user'
               WHEN a.actor_username = '(operator)' THEN 'operator'
               WHEN a.actor_username = '(visitor)' THEN 'visitor'
               WHEN a.actor_username = '(frontdesk)' THEN 'system' END
           FROM batch WHERE a.id = batch.id AND a.xid IS NULL RETURNING a.id)
         SELECT (SELECT max(id) FROM batch) AS last FROM (SELECT count(*) FROM moved) AS done`,
        [last],
      )) as [{ last: number | null }];
      await runner.query('ALTER TABLE audit ENABLE TRIGGER audit_append_only');
      await runner.commitTransaction();
      return row.last ?? undefined;
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX audit_xid_idx, tickets_due_at_idx;
      ALTER TABLE audit ADD COLUMN actor_id bigint;
      ALTER TABLE audit DISABLE TRIGGER audit_append_only;
      UPDATE audit a SET
        actor_id = CASE WHEN principal_type = 'user' THEN principal_id::bigint END,
        before = ${back('before')}, after = ${back('after')};
      ALTER TABLE audit ENABLE TRIGGER audit_append_only;
      ALTER TABLE audit_values DISABLE TRIGGER audit_values_append_only;
      DELETE FROM audit_values;
      ALTER TABLE audit_values ENABLE TRIGGER audit_values_append_only;
    `);
  }
}

const back = (side: 'before' | 'after'): string =>
  `CASE WHEN a.${side} IS NULL THEN NULL ELSE a.${side} || coalesce((
     SELECT jsonb_object_agg(v.field, v.${side}) FROM audit_values v
     WHERE v.audit_id = a.id AND v.${side} IS NOT NULL), '{}') END`;
