import { Check, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';
import { EmployeeEntity } from '../employees/employee.entity.js';
import { addColumns } from '../platform/fields/columns.js';
import type { RowOf } from '../platform/fields/description.js';
import { Space } from '../spaces/tree/space.entity.js';
import { UserEntity } from '../users/user.entity.js';
import { TICKET_FIELDS } from './ticket.fields.js';

/** A request for help. Statuses and priorities are those of config/ticket-workflow.json. */
export type Ticket = RowOf<typeof TICKET_FIELDS>;

/** Its table, whose columns are those of the description. */
@Entity('tickets')
@Check('tickets_title_check', `"title" <> ''`)
@Check('tickets_version_check', '"version" > 0')
@Index('tickets_status_idx', ['status', 'id'])
@Index('tickets_status_created_at_idx', ['status', 'created_at', 'id'])
@Index('tickets_priority_idx', ['priority', 'id'])
@Index('tickets_employee_id_idx', ['employee_id', 'id'])
@Index('tickets_created_by_idx', ['created_by', 'id'])
@Index('tickets_assignee_id_idx', ['assignee_id', 'id'])
@Index('tickets_space_id_idx', ['space_id', 'id'])
@Index('tickets_created_at_idx', ['created_at', 'id'])
@Index('tickets_updated_at_idx', ['updated_at', 'id'])
@Index('tickets_due_at_idx', ['due_at', 'id'])
export class TicketEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'tickets_pkey',
  })
  id!: number;

  @ForeignKey(() => EmployeeEntity, { name: 'tickets_employee_id_fkey' })
  employee_id!: number;

  @ForeignKey(() => UserEntity, { name: 'tickets_created_by_fkey' })
  created_by!: number;

  @ForeignKey(() => UserEntity, { name: 'tickets_assignee_id_fkey' })
  assignee_id!: number | null;

  @ForeignKey(() => Space, { name: 'tickets_space_id_fkey', onDelete: 'SET NULL' })
  space_id!: string | null;
}

const now = { default: () => 'now()' };

addColumns(TicketEntity, TICKET_FIELDS, {
  id: null,
  version: { default: 1 },
  created_at: now,
  updated_at: now,
});
