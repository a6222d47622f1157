import { Injectable } from '@nestjs/common';
import type { Queryable } from '../platform/database/database.js';
import type { NewEmployee } from './employee.schemas.js';

interface Keys {
  /** The e-mail as the database compares it. */
  email_key: string;
  email_taken: boolean;
  phone_taken: boolean;
}

/** Answers questions about many employees at once, for imports and data migrations, which show none of them. */
@Injectable()
export class EmployeeLookup {
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

  /** Ids by e-mail, without regard to case; the keys are as they were asked for. */
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
