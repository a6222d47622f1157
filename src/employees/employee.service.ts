import { Injectable } from '@nestjs/common';
import { setValuesApart } from '../access/audit/audit.values.js';
import type { RequestContext } from '../access/context.js';
import { Writer } from '../access/writer.js';
import { changedFields, sourceOf, writeAudit } from '../access/audit/audit.js';
import type { Tx } from '../platform/database/database.js';
import { inUseWhenReferred } from '../platform/errors/constraint.js';
import { notFound } from '../platform/errors/problem.js';
import { assertMatches } from '../platform/http/representation.js';
import type { Page } from '../platform/pagination/page.js';
import type { Employee } from './employee.entity.js';
import { EmployeeRepository } from './employee.repository.js';
import {
  type EmployeePatch,
  type EmployeeQuery,
  type NewEmployee,
  newEmployeeSchema,
} from './employee.schemas.js';

setValuesApart('employee', { personal: Object.keys(newEmployeeSchema.shape) });

@Injectable()
export class EmployeeService {
  constructor(
    private readonly employees: EmployeeRepository,
    private readonly writer: Writer,
  ) {}

  list(query: EmployeeQuery): Promise<Page<Employee>> {
    return this.employees.page(query);
  }

  async read(id: number): Promise<Employee> {
    const employee = await this.employees.find(id);
    if (employee === undefined) throw notFound('employee', id);
    return employee;
  }

  create(context: RequestContext, input: NewEmployee): Promise<Employee> {
    return this.writer.run(context, async (tx, now) => {
      const employee = await this.employees.insert(tx, input);
      writeAudit(tx, sourceOf(now), {
        action: 'employee.create',
        subject_type: 'employee',
        subject_id: employee.id,
        after: input,
      });
      return employee;
    });
  }

  patch(context: RequestContext, id: number, patch: EmployeePatch): Promise<Employee> {
    return this.writer.run(context, async (tx, now) => {
      const employee = await this.lockForChange(tx, now, id);
      const { before, after } = changedFields<Employee>(employee, patch);
      if (Object.keys(after).length === 0) return employee;
      const changed = await this.employees.update(tx, id, after);
      writeAudit(tx, sourceOf(now), {
        action: 'employee.update',
        subject_type: 'employee',
        subject_id: id,
        before,
        after,
      });
      return changed;
    });
  }

  remove(context: RequestContext, id: number): Promise<void> {
    return this.writer.run(context, async (tx, now) => {
      const { version: _, ...before } = await this.lockForChange(tx, now, id);
      await inUseWhenReferred(this.employees.remove(tx, id), {
        tickets:
          'Tickets refer to this employee. Give those tickets to another employee or delete them first.',
        spaces:
          'Spaces open tickets for this employee. Set their ticket_for to another employee or null first.',
      });
      writeAudit(tx, sourceOf(now), {
        action: 'employee.delete',
        subject_type: 'employee',
        subject_id: id,
        before,
      });
    });
  }

  private async lockForChange(tx: Tx, context: RequestContext, id: number): Promise<Employee> {
    const employee = await this.employees.findForChange(tx, id);
    if (employee === undefined) throw notFound('employee', id);
    assertMatches(context.if_match, employee.version);
    return employee;
  }
}
