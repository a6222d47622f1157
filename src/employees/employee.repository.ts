import { Injectable } from '@nestjs/common';
import { type Principal, userIdOf } from '../access/principal.js';
import { changeRow } from '../platform/database/change.js';
import { Database, type Queryable } from '../platform/database/database.js';
import { taken } from '../platform/errors/postgres.js';
import { columnsOf, conditionsOf, namesWith, sortsOf } from '../platform/fields/description.js';
import { insertRows, type Past } from '../platform/fields/insert.js';
import { literalInLike, type Page, readPage } from '../platform/pagination/page.js';
import { alsoOneOf, type List, where } from '../platform/pagination/page.reading.js';
import type { Employee } from './employee.entity.js';
import { EMPLOYEE_FIELDS } from './employee.fields.js';
import type { EmployeePatch, EmployeeQuery, NewEmployee } from './employee.schemas.js';
import { visibleEmployees } from './employee.visibility.js';

const COLUMNS = columnsOf(EMPLOYEE_FIELDS);

const INSERTED = namesWith(EMPLOYEE_FIELDS, ({ created }) => created !== undefined);

const SEARCH = `lower(first_name || ' ' || last_name || ' ' || coalesce(nick_name, '') || ' ' || email || ' ' || coalesce(phone, ''))`;

const LIST: List = { from: 'employees', columns: COLUMNS, sorts: sortsOf(EMPLOYEE_FIELDS) };

taken('employees_email_key', 'email_taken', 'Another employee has this e-mail address.');
taken('employees_phone_key', 'phone_taken', 'Another employee has this phone number.');

@Injectable()
export class EmployeeRepository {
  constructor(private readonly database: Database) {}

  async find(principal: Principal, id: number): Promise<Employee | undefined> {
    const visible = alsoOneOf(visibleEmployees(principal), 2);
    const [row] = await this.database.query<Employee>({
      prepare: true,
      pipelined: true,
      text: `SELECT ${COLUMNS} FROM employees WHERE id = $1${visible.sql}`,
      values: [id, ...visible.values],
    });
    return row;
  }

  /** Locks the row, so that the change which follows is made to what was read. */
  async lock(tx: Queryable, principal: Principal, id: number): Promise<Employee | undefined> {
    const visible = alsoOneOf(visibleEmployees(principal), 2);
    const [row] = await tx.query<Employee>({
      text: `SELECT ${COLUMNS} FROM employees WHERE id = $1${visible.sql} FOR UPDATE`,
      values: [id, ...visible.values],
    });
    return row;
  }

  page(principal: Principal, query: EmployeeQuery): Promise<Page<Employee>> {
    const { q } = query;
    const conditions = [
      ...(q === undefined ? [] : [where(`${SEARCH} LIKE '%' || lower(?) || '%'`, literalInLike(q))]),
      ...conditionsOf(EMPLOYEE_FIELDS, query, userIdOf(principal)),
    ];
    return readPage<Employee>(this.database, LIST, conditions, query, visibleEmployees(principal));
  }

  /** @returns the new employees in the order of those given. */
  insert(tx: Queryable, employees: readonly (NewEmployee & Partial<Past>)[]): Promise<Employee[]> {
    const into = { table: 'employees', fields: EMPLOYEE_FIELDS, columns: INSERTED };
    return insertRows<Employee>(tx, into, employees);
  }

  update(tx: Queryable, id: number, changes: EmployeePatch): Promise<Employee> {
    return changeRow<Employee>(tx, { table: 'employees', columns: COLUMNS, id, changes });
  }

  async remove(tx: Queryable, id: number): Promise<void> {
    await tx.query({ text: 'DELETE FROM employees WHERE id = $1', values: [id] });
  }
}
