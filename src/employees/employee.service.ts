import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../access/context.js';
import type { Principal } from '../access/principal.js';
import { Writer } from '../access/writer.js';
import { notFound } from '../platform/errors/problem.js';
import type { Page } from '../platform/pagination/page.js';
import type { Employee } from './employee.entity.js';
import { EmployeeRepository } from './employee.repository.js';
import type { EmployeePatch, EmployeeQuery, NewEmployee } from './employee.schemas.js';
import { EmployeeWrites } from './employee.writes.js';

@Injectable()
export class EmployeeService {
  constructor(
    private readonly employees: EmployeeRepository,
    private readonly writes: EmployeeWrites,
    private readonly writer: Writer,
  ) {}

  list(principal: Principal, query: EmployeeQuery): Promise<Page<Employee>> {
    return this.employees.page(principal, query);
  }

  async read(principal: Principal, id: number): Promise<Employee> {
    const employee = await this.employees.find(principal, id);
    if (employee === undefined) throw notFound('employee', id);
    return employee;
  }

  create(context: RequestContext, input: NewEmployee): Promise<Employee> {
    return this.writer.run(context, async (tx, now) => {
      const [employee] = await this.writes.create(tx, now, [input]);
      if (employee === undefined) throw new Error('an employee was added and not returned');
      return employee;
    });
  }

  patch(context: RequestContext, id: number, patch: EmployeePatch): Promise<Employee> {
    return this.writer.run(context, (tx, now) => this.writes.update(tx, now, id, patch));
  }

  remove(context: RequestContext, id: number): Promise<void> {
    return this.writer.run(context, (tx, now) => this.writes.remove(tx, now, id));
  }
}
