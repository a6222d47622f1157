import { Injectable } from '@nestjs/common';
import { changeRow } from '../platform/database/change.js';
import { Database, type Queryable } from '../platform/database/database.js';
import { taken } from '../platform/errors/postgres.js';
import { literalInLike, type Page, readPage } from '../platform/pagination/page.js';
import { where } from '../platform/pagination/page.reading.js';
import type { Employee } from './employee.entity.js';
import type { EmployeePatch, EmployeeQuery, NewEmployee } from './employee.schemas.js';

const COLUMNS = `id, first_name, last_name, nick_name, phone, email, birthday, country, city, address,
  version, created_at, updated_at`;

const SEARCH = `lower(first_name || ' ' || last_name || ' ' || coalesce(nick_name, '') || ' ' || email || ' ' || coalesce(phone, ''))`;

const LIST = {
  from: 'employees',
  columns: COLUMNS,
  sorts: {
    id: { column: 'id', type: 'bigint' },
    last_name: { column: 'last_name COLLATE "C"', type: 'text' },
    created_at: { column: 'created_at', type: 'timestamptz' },
  },
} as const;

taken('employees_email_key', 'email_taken', 'Another employee has this e-mail address.');
taken('employees_phone_key', 'phone_taken', 'Another employee has this phone number.');

@Injectable()
export class EmployeeRepository {
  constructor(private readonly database: Database) {}

  async find(id: number): Promise<Employee | undefined> {
    const [row] = await this.database.query<Employee>({
      prepare: true,
      pipelined: true,
      text: `SELECT ${COLUMNS} FROM employees WHERE id = $1`,
      values: [id],
    });
    return row;
  }

  async findForChange(tx: Queryable, id: number): Promise<Employee | undefined> {
    const [row] = await tx.query<Employee>({
      text: `SELECT ${COLUMNS} FROM employees WHERE id = $1 FOR UPDATE`,
      values: [id],
    });
    return row;
  }

  page(query: EmployeeQuery): Promise<Page<Employee>> {
    const { q, email, phone } = query;
    return readPage<Employee>(
      this.database,
      LIST,
      [
        ...(q === undefined ? [] : [where(`${SEARCH} LIKE '%' || lower(?) || '%'`, literalInLike(q))]),
        ...(email === undefined ? [] : [where('lower(email) = lower(?)', email)]),
        ...(phone === undefined ? [] : [where('phone = ?', phone)]),
      ],
      query,
    );
  }

  async insert(tx: Queryable, employee: NewEmployee): Promise<Employee> {
    const [row] = await tx.query<Employee>({
      text: `INSERT INTO employees (first_name, last_name, nick_name, phone, email, birthday, country, city, address)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${COLUMNS}`,
      values: [
        employee.first_name,
        employee.last_name,
        employee.nick_name,
        employee.phone,
        employee.email,
        employee.birthday,
        employee.country,
        employee.city,
        employee.address,
      ],
    });
    return row as Employee;
  }

  update(tx: Queryable, id: number, changes: EmployeePatch): Promise<Employee> {
    return changeRow<Employee>(tx, { table: 'employees', columns: COLUMNS, id, changes });
  }

  async remove(tx: Queryable, id: number): Promise<void> {
    await tx.query({ text: 'DELETE FROM employees WHERE id = $1', values: [id] });
  }
}
