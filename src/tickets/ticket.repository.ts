import { Injectable } from '@nestjs/common';
import { changeRow } from '../platform/database/change.js';
import { Database, type Queryable } from '../platform/database/database.js';
import { meaningOf } from '../platform/errors/postgres.js';
import { invalid } from '../platform/errors/problem.js';
import { type Page, readPage, where } from '../platform/pagination/page.js';
import type { Ticket } from './ticket.entity.js';
import type { NewTicket, TicketQuery } from './ticket.schemas.js';

export type TicketChanges = Partial<
  Omit<Ticket, 'id' | 'version' | 'created_at' | 'updated_at' | 'owner_id' | 'resolved_at'>
>;

export type TicketFilter = Omit<TicketQuery, 'owner' | 'assignee'> & {
  /** An id, or `none`. */
  owner?: number | 'none' | undefined;
  assignee?: number | 'none' | undefined;
};

const COLUMNS = `id, title, description, status, priority, employee_id, owner_id, assignee_id, space_id,
  version, created_at, updated_at, resolved_at`;

const LIST = {
  from: 'tickets',
  columns: COLUMNS,
  long: { description: 'octet_length(description)' },
  sorts: {
    id: { column: 'id', type: 'bigint' },
    created_at: { column: 'created_at', type: 'timestamptz' },
    updated_at: { column: 'updated_at', type: 'timestamptz' },
  },
} as const;

meaningOf('tickets_employee_id_fkey', (cause) =>
  invalid('employee_id', 'there is no such employee', cause, 'employee'),
);
meaningOf('tickets_assignee_id_fkey', (cause) => invalid('assignee_id', 'there is no such user', cause));
meaningOf('tickets_space_id_fkey', (cause) => invalid('space_id', 'there is no such space', cause, 'space'));

const person = (column: string, value: number | 'none' | undefined) =>
  value === undefined ? [] : [value === 'none' ? where(`${column} IS NULL`) : where(`${column} = ?`, value)];

@Injectable()
export class TicketRepository {
  constructor(private readonly database: Database) {}

  async find(id: number): Promise<Ticket | undefined> {
    const [row] = await this.database.query<Ticket>({
      prepare: true,
      express: true,
      text: `SELECT ${COLUMNS} FROM tickets WHERE id = $1`,
      values: [id],
    });
    return row;
  }

  async findForChange(tx: Queryable, id: number): Promise<Ticket | undefined> {
    const [row] = await tx.query<Ticket>({
      prepare: true,
      text: `SELECT ${COLUMNS} FROM tickets WHERE id = $1 FOR UPDATE`,
      values: [id],
    });
    return row;
  }

  page(filter: TicketFilter): Promise<Page<Ticket>> {
    const { status, priority, employee_id, owner, assignee, space_id, created_from, created_to } = filter;
    return readPage<Ticket>(
      this.database,
      LIST,
      [
        ...(status === undefined ? [] : [where('status = ?', status)]),
        ...(priority === undefined ? [] : [where('priority = ?', priority)]),
        ...(employee_id === undefined ? [] : [where('employee_id = ?', employee_id)]),
        ...person('owner_id', owner),
        ...person('assignee_id', assignee),
        ...(space_id === undefined ? [] : [where('space_id = ?', space_id)]),
        ...(created_from === undefined ? [] : [where('created_at >= ?', created_from)]),
        ...(created_to === undefined ? [] : [where('created_at < ?', created_to)]),
      ],
      filter,
    );
  }

  async insert(
    tx: Queryable,
    ticket: NewTicket,
    status: string,
    resolved: boolean,
    ownerId: number,
  ): Promise<Ticket> {
    const [row] = await tx.query<Ticket>({
      prepare: true,
      text: `INSERT INTO tickets (title, description, status, priority, employee_id, owner_id, assignee_id, space_id, resolved_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $9 THEN now() END) RETURNING ${COLUMNS}`,
      values: [
        ticket.title,
        ticket.description,
        status,
        ticket.priority,
        ticket.employee_id,
        ownerId,
        ticket.assignee_id,
        ticket.space_id,
        resolved,
      ],
    });
    return row as Ticket;
  }

  /** @param resolution whether the ticket enters a final status, leaves it, or neither. */
  update(
    tx: Queryable,
    id: number,
    changes: TicketChanges,
    resolution: 'enter' | 'leave' | 'none',
  ): Promise<Ticket> {
    const also = { enter: ['resolved_at = now()'], leave: ['resolved_at = NULL'], none: [] }[resolution];
    return changeRow<Ticket>(tx, { table: 'tickets', columns: COLUMNS, id, changes, also });
  }

  /** @returns the tickets of these spaces, with the space that each had. */
  letGoOfSpaces(tx: Queryable, spaceIds: string[]): Promise<{ id: number; space_id: string }[]> {
    return tx.query({
      text: `WITH held AS (SELECT id, space_id FROM tickets WHERE space_id = ANY ($1) ORDER BY id FOR UPDATE)
             UPDATE tickets t SET space_id = NULL, version = t.version + 1, updated_at = now()
             FROM held WHERE t.id = held.id RETURNING t.id, held.space_id`,
      values: [spaceIds],
    });
  }

  async remove(tx: Queryable, id: number): Promise<void> {
    await tx.query({ text: 'DELETE FROM tickets WHERE id = $1', values: [id] });
  }
}
