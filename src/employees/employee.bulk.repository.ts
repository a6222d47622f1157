import { Injectable } from '@nestjs/common';
import type { Queryable } from '../platform/database/database.js';
import type { NewEmployee } from './employee.schemas.js';

/** An employee as another installation knew them. */
export interface FormerEmployee extends NewEmployee {
  id: number;
  version: number;
  created_at: string;
  updated_at: string;
}

interface Keys {
  /** The e-mail as the database compares it. */
  email_key: string;
  email_taken: boolean;
  phone_taken: boolean;
}

const FIELDS = 'first_name, last_name, nick_name, phone, email, birthday, country, city, address';

const FIELD_TYPES = `first_name text, last_name text, nick_name text, phone text, email text, birthday date, country text,
  city text, address text`;

/** Employees by the hundred. */
@Injectable()
export class EmployeeBulkRepository {
  /** For each employee, in their order, whether the e-mail or the phone is another's already. */
  takenKeys(db: Queryable, employees: Pick<NewEmployee, 'email' | 'phone'>[]): Promise<Keys[]> {
    return db.query<Keys>({
      text: `SELECT lower(wanted.email) AS email_key,
                    EXISTS (SELECT FROM employees WHERE lower(email) = lower(wanted.email)) AS email_taken,
                    EXISTS (SELECT FROM employees WHERE phone = wanted.phone) AS phone_taken
             FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted(email, phone, position) ORDER BY position`,
      values: [employees.map(({ email }) => email), employees.map(({ phone }) => phone)],
    });
  }

  /** @returns the new ids in the order of the employees. */
  async insert(tx: Queryable, employees: NewEmployee[]): Promise<number[]> {
    const rows = await tx.query<{ id: number }>({
      text: `INSERT INTO employees (${FIELDS})
             SELECT ${FIELDS} FROM ROWS FROM (jsonb_to_recordset($1) AS (${FIELD_TYPES})) WITH ORDINALITY AS new(${FIELDS}, position)
             ORDER BY position RETURNING id`,
      values: [JSON.stringify(employees)],
    });
    // Identities are drawn in the order of the rows.
    return rows.map(({ id }) => id).sort((a, b) => a - b);
  }

  async insertFormer(tx: Queryable, employees: FormerEmployee[]): Promise<void> {
    await tx.query({
      text: `INSERT INTO employees (id, ${FIELDS}, version, created_at, updated_at)
             SELECT id, ${FIELDS}, version, created_at, updated_at FROM jsonb_to_recordset($1)
               AS former(id bigint, ${FIELD_TYPES}, version integer, created_at timestamptz, updated_at timestamptz)`,
      values: [JSON.stringify(employees)],
    });
  }

  /** Lets new employees begin behind this id; needs the owner of the schema. */
  async continueBehind(tx: Queryable, highestId: number): Promise<void> {
    await tx.query({ text: `ALTER TABLE employees ALTER COLUMN id RESTART WITH ${highestId + 1}` });
  }

  /** Ids by e-mail; the keys are as they were asked for. */
  async idsByEmail(db: Queryable, emails: string[]): Promise<Map<string, number>> {
    const rows = await db.query<{ email: string; id: number }>({
      text: `SELECT wanted.email, employees.id FROM unnest($1::text[]) AS wanted(email)
             JOIN employees ON lower(employees.email) = lower(wanted.email)`,
      values: [emails],
    });
    return new Map(rows.map(({ email, id }) => [email, id]));
  }

  async existing(db: Queryable, ids: number[]): Promise<Set<number>> {
    const rows = await db.query<{ id: number }>({
      text: 'SELECT id FROM employees WHERE id = ANY($1)',
      values: [ids],
    });
    return new Set(rows.map(({ id }) => id));
  }

  async isEmpty(db: Queryable): Promise<boolean> {
    const [row] = await db.query<{ empty: boolean }>({
      text: 'SELECT NOT EXISTS (SELECT FROM employees) AS empty',
    });
    return row?.empty ?? false;
  }
}
