import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';
import { Employee } from '../employees/employee.entity.js';
import { Space } from '../spaces/tree/space.entity.js';
import { User } from '../users/user.entity.js';

/** A request for help. Statuses and priorities are those of config/ticket-workflow.json. */
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
export class Ticket {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'tickets_pkey',
  })
  id!: number;

  @Column('text')
  title!: string;

  @Column('text')
  description!: string;

  @Column('text')
  status!: string;

  @Column('text')
  priority!: string;

  /** The requester. */
  @Column('bigint')
  @ForeignKey(() => Employee, { name: 'tickets_employee_id_fkey' })
  employee_id!: number;

  /** Who opened it. */
  @Column('bigint')
  @ForeignKey(() => User, { name: 'tickets_created_by_fkey' })
  created_by!: number;

  @Column('bigint', { nullable: true })
  @ForeignKey(() => User, { name: 'tickets_assignee_id_fkey' })
  assignee_id!: number | null;

  /** What it is about, when that is a space. */
  @Column('uuid', { nullable: true })
  @ForeignKey(() => Space, { name: 'tickets_space_id_fkey', onDelete: 'SET NULL' })
  space_id!: string | null;

  /** By when it is to be done. */
  @Column('timestamptz', { nullable: true })
  due_at!: string | null;

  @Column('integer', { default: 1 })
  version!: number;

  @Column('timestamptz', { default: () => 'now()' })
  created_at!: string;

  @Column('timestamptz', { default: () => 'now()' })
  updated_at!: string;

  /** Set while the status is a final one. */
  @Column('timestamptz', { nullable: true })
  resolved_at!: string | null;
}
