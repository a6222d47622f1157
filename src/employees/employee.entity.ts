import { Check, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { addColumns } from '../platform/fields/columns.js';
import type { RowOf } from '../platform/fields/description.js';
import { EMPLOYEE_FIELDS } from './employee.fields.js';

/** Somebody who is helped: the requester of tickets. */
export type Employee = RowOf<typeof EMPLOYEE_FIELDS>;

/** Their table, whose columns are those of the description. */
@Entity('employees')
@Unique('employees_phone_key', ['phone'])
@Check('employees_version_check', '"version" > 0')
@Index('employees_created_at_idx', ['created_at', 'id'])
// With a collation that TypeORM has no words for; the migration has it.
@Index('employees_last_name_idx', { synchronize: false })
export class EmployeeEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'BY DEFAULT',
    primaryKeyConstraintName: 'employees_pkey',
  })
  id!: number;
}

const now = { default: () => 'now()' };

addColumns(EmployeeEntity, EMPLOYEE_FIELDS, {
  id: null,
  version: { default: 1 },
  created_at: now,
  updated_at: now,
});
