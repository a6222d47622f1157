import { Injectable } from '@nestjs/common';
import { type Principal, userIdOf } from '../access/principal.js';
import { Database, type Queryable } from '../platform/database/database.js';
import { meaningOf } from '../platform/errors/postgres.js';
import { invalid } from '../platform/errors/problem.js';
import { columnsOf, conditionsOf, namesWith, sortsOf, typedColumns } from '../platform/fields/description.js';
import { type Page, readPage } from '../platform/pagination/page.js';
import { alsoOneOf, type List } from '../platform/pagination/page.reading.js';
import type { Ticket } from './ticket.entity.js';
import { TICKET_FIELDS } from './ticket.fields.js';
import type { TicketQuery } from './ticket.schemas.js';
import { visibleTickets } from './ticket.visibility.js';

const COLUMNS = columnsOf(TICKET_FIELDS);

const LIST: List = {
  from: 'tickets',
  columns: COLUMNS,
  long: Object.fromEntries(
    namesWith(TICKET_FIELDS, ({ apart }) => apart === 'long').map((name) => [name, `octet_length(${name})`]),
  ),
  sorts: sortsOf(TICKET_FIELDS),
};

/** What a change may touch; the rest of a row follows from it. */
const CHANGED = namesWith(TICKET_FIELDS, ({ patched }) => patched !== undefined);

/** What a new ticket brings along; ids and times only where it had them before. */
const INSERTED = [...CHANGED, 'created_by', 'version'];

/** A ticket to insert; what is undefined is taken from the sequence, or from the time of the transaction. */
export type TicketRow = Omit<Ticket, 'id' | 'created_at' | 'updated_at' | 'resolved_at'> & {
  id?: number | undefined;
  created_at?: string | undefined;
  updated_at?: string | undefined;
  resolved_at?: string | undefined;
  /** Whether the status is a final one. */
  final: boolean;
};

/** A locked ticket with what it is to become. */
export interface ChangedTicket {
  ticket: Ticket;
  /** When it happened; undefined: now. */
  at?: string | undefined;
  /** Whether it enters a final status, leaves it, or neither. */
  resolution: 'enter' | 'leave' | 'none';
}

/** A ticket with the names that stand for its ids in another installation. */
export type ExportedTicket = Omit<Ticket, 'version'> & {
  employee: string;
  created_by_username: string;
  assignee: string | null;
};

meaningOf('tickets_employee_id_fkey', (cause) =>
  invalid('employee_id', 'there is no such employee', cause, 'employee'),
);
meaningOf('tickets_assignee_id_fkey', (cause) => invalid('assignee_id', 'there is no such user', cause));
meaningOf('tickets_space_id_fkey', (cause) => invalid('space_id', 'there is no such space', cause, 'space'));

@Injectable()
export class TicketRepository {
  constructor(private readonly database: Database) {}

  async find(principal: Principal, id: number): Promise<Ticket | undefined> {
    const visible = alsoOneOf(visibleTickets(principal), 2);
    const [row] = await this.database.query<Ticket>({
      prepare: true,
      pipelined: true,
      text: `SELECT ${COLUMNS} FROM tickets WHERE id = $1${visible.sql}`,
      values: [id, ...visible.values],
    });
    return row;
  }

  page(principal: Principal, query: TicketQuery): Promise<Page<Ticket>> {
    const conditions = conditionsOf(TICKET_FIELDS, query, userIdOf(principal));
    return readPage<Ticket>(this.database, LIST, conditions, query, visibleTickets(principal));
  }

  /** Locks those of the tickets that the principal sees, in the order of their ids. */
  lock(tx: Queryable, principal: Principal, ids: readonly number[]): Promise<Ticket[]> {
    const visible = alsoOneOf(visibleTickets(principal), 2);
    return tx.query<Ticket>({
      prepare: true,
      text: `SELECT ${COLUMNS} FROM tickets WHERE id = ANY ($1)${visible.sql} ORDER BY id FOR UPDATE`,
      values: [ids, ...visible.values],
    });
  }

  /** Locks the tickets of these spaces. */
  lockOfSpaces(tx: Queryable, spaceIds: readonly string[]): Promise<{ id: number }[]> {
    return tx.query({
      text: 'SELECT id FROM tickets WHERE space_id = ANY ($1) ORDER BY id FOR UPDATE',
      values: [spaceIds],
    });
  }

  /** @returns the new tickets in the order of those given. */
  async insert(tx: Queryable, tickets: readonly TicketRow[]): Promise<Ticket[]> {
    const brought = tickets.some(({ id }) => id !== undefined);
    const columns = [...(brought ? ['id'] : []), ...INSERTED];
    const rows = await tx.query<Ticket>({
      prepare: true,
      text: `INSERT INTO tickets (${columns.join(', ')}, created_at, updated_at, resolved_at)
             SELECT ${columns.join(', ')}, coalesce(created_at, now()), coalesce(updated_at, created_at, now()),
               CASE WHEN final THEN coalesce(resolved_at, updated_at, created_at, now()) END
             FROM jsonb_to_recordset($1) AS ticket(${typedColumns(TICKET_FIELDS, columns)}, created_at timestamptz,
               updated_at timestamptz, resolved_at timestamptz, final boolean, position integer)
             ORDER BY position RETURNING ${COLUMNS}`,
      values: [JSON.stringify(tickets.map((ticket, position) => ({ ...ticket, position })))],
    });
    // Identities are drawn in the order of the rows; ids that are brought along are ordered already.
    return rows.sort((one, other) => one.id - other.id);
  }

  /** @returns the tickets as they became, in the order of their ids. */
  async update(tx: Queryable, changed: readonly ChangedTicket[]): Promise<Ticket[]> {
    const rows = await tx.query<Ticket>({
      prepare: true,
      text: `UPDATE tickets SET ${CHANGED.map((name) => `${name} = change.${name}`).join(', ')}, version = tickets.version + 1,
               updated_at = coalesce(change.at, now()),
               resolved_at = CASE resolution WHEN 'enter' THEN coalesce(change.at, now()) WHEN 'none' THEN tickets.resolved_at END
             FROM jsonb_to_recordset($1) AS change(id bigint, ${typedColumns(TICKET_FIELDS, CHANGED)}, at timestamptz, resolution text)
             WHERE tickets.id = change.id
             RETURNING ${Object.keys(TICKET_FIELDS)
               .map((name) => `tickets.${name}`)
               .join(', ')}`,
      values: [JSON.stringify(changed.map(({ ticket, at, resolution }) => ({ ...ticket, at, resolution })))],
    });
    return rows.sort((one, other) => one.id - other.id);
  }

  async remove(tx: Queryable, ids: readonly number[]): Promise<void> {
    await tx.query({ text: 'DELETE FROM tickets WHERE id = ANY ($1)', values: [ids] });
  }

  /** The next tickets behind this id, in the order of ids. */
  exportedBehind(db: Queryable, principal: Principal, id: number, limit: number): Promise<ExportedTicket[]> {
    const columns = namesWith(TICKET_FIELDS, ({ exported }) => exported === true);
    const visible = alsoOneOf(visibleTickets(principal), 3);
    return db.query<ExportedTicket>({
      prepare: true,
      text: `SELECT ${columns.map((name) => `t.${name}`).join(', ')}, employee.email AS employee,
                    creator.username AS created_by_username, assignee.username AS assignee
             FROM (SELECT * FROM tickets WHERE id > $1${visible.sql} ORDER BY id LIMIT $2) t
             JOIN employees employee ON employee.id = t.employee_id JOIN users creator ON creator.id = t.created_by
             LEFT JOIN users assignee ON assignee.id = t.assignee_id ORDER BY t.id`,
      values: [id, limit, ...visible.values],
    });
  }

  async highestId(db: Queryable): Promise<number> {
    const [row] = await db.query<{ id: number | null }>({ text: 'SELECT max(id) AS id FROM tickets' });
    return row?.id ?? 0;
  }
}
