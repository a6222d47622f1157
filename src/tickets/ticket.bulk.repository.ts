import { Injectable } from '@nestjs/common';
import type { Queryable } from '../platform/database/database.js';
import type { Ticket } from './ticket.entity.js';

/** A ticket to insert; what is undefined or null is taken from the time of the transaction. */
export interface BulkTicket {
  /** Only where ids are kept. */
  id?: number;
  title: string;
  description: string;
  status: string;
  priority: string;
  employee_id: number;
  created_by: number;
  assignee_id: number | null;
  space_id: string | null;
  version: number;
  created_at?: string | undefined;
  updated_at?: string | undefined;
  /** Whether the status is a final one. */
  final: boolean;
  resolved_at?: string | undefined;
}

/** A ticket with the names that stand for its ids in another installation. */
export type ExportedTicket = Omit<Ticket, 'version'> & {
  employee: string;
  created_by_username: string;
  assignee: string | null;
};

const FIELDS =
  'title, description, status, priority, employee_id, created_by, assignee_id, space_id, version';

const COLUMNS = `${FIELDS}, created_at, updated_at, final, resolved_at`;

const COLUMN_TYPES = `title text, description text, status text, priority text, employee_id bigint, created_by bigint,
  assignee_id bigint, space_id uuid, version integer, created_at timestamptz, updated_at timestamptz, final boolean, resolved_at timestamptz`;

const TIMES = `coalesce(created_at, now()), coalesce(updated_at, created_at, now()),
  CASE WHEN final THEN coalesce(resolved_at, updated_at, created_at, now()) END`;

/** Tickets by the hundred. */
@Injectable()
export class TicketBulkRepository {
  /** @returns the new ids in the order of the tickets. */
  async insert(tx: Queryable, tickets: BulkTicket[]): Promise<number[]> {
    const rows = await tx.query<{ id: number }>({
      text: `INSERT INTO tickets (${FIELDS}, created_at, updated_at, resolved_at)
             SELECT ${FIELDS}, ${TIMES}
             FROM ROWS FROM (jsonb_to_recordset($1) AS (${COLUMN_TYPES})) WITH ORDINALITY AS ticket(${COLUMNS}, position)
             ORDER BY position RETURNING id`,
      values: [JSON.stringify(tickets)],
    });
    // Identities are drawn in the order of the rows.
    return rows.map(({ id }) => id).sort((a, b) => a - b);
  }

  /** Inserts tickets with the ids that they have. */
  async insertFormer(tx: Queryable, tickets: (BulkTicket & { id: number })[]): Promise<void> {
    await tx.query({
      text: `INSERT INTO tickets (id, ${FIELDS}, created_at, updated_at, resolved_at)
             SELECT id, ${FIELDS}, ${TIMES} FROM jsonb_to_recordset($1) AS ticket(id bigint, ${COLUMN_TYPES})`,
      values: [JSON.stringify(tickets)],
    });
  }

  /** Lets new tickets begin behind this id; needs the owner of the schema. */
  async continueBehind(tx: Queryable, highestId: number): Promise<void> {
    await tx.query({ text: `ALTER TABLE tickets ALTER COLUMN id RESTART WITH ${highestId + 1}` });
  }

  async isEmpty(db: Queryable): Promise<boolean> {
    const [row] = await db.query<{ empty: boolean }>({
      text: 'SELECT NOT EXISTS (SELECT FROM tickets) AS empty',
    });
    return row?.empty ?? false;
  }

  /** The next tickets behind this id, in the order of ids. */
  exportedBehind(db: Queryable, id: number, limit: number): Promise<ExportedTicket[]> {
    return db.query<ExportedTicket>({
      prepare: true,
      text: `SELECT t.id, t.title, t.description, t.status, t.priority, t.employee_id, employee.email AS employee,
                    t.created_by, creator.username AS created_by_username, t.assignee_id, assignee.username AS assignee,
                    t.space_id, t.created_at, t.updated_at, t.resolved_at
             FROM tickets t JOIN employees employee ON employee.id = t.employee_id JOIN users creator ON creator.id = t.created_by
             LEFT JOIN users assignee ON assignee.id = t.assignee_id
             WHERE t.id > $1 ORDER BY t.id LIMIT $2`,
      values: [id, limit],
    });
  }

  async highestId(db: Queryable): Promise<number> {
    const [row] = await db.query<{ id: number | null }>({ text: 'SELECT max(id) AS id FROM tickets' });
    return row?.id ?? 0;
  }
}
