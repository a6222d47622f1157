import { Injectable } from '@nestjs/common';
import { type BatchEntry, writeAudits } from '../access/audit/audit.batch.js';
import { changedFields, sourceOf, writeAudit } from '../access/audit/audit.js';
import type { RequestContext } from '../access/context.js';
import type { Tx } from '../platform/database/database.js';
import { inUseWhenReferred } from '../platform/errors/constraint.js';
import { notFound } from '../platform/errors/problem.js';
import type { Past } from '../platform/fields/insert.js';
import { assertMatches } from '../platform/http/representation.js';
import type { Employee } from './employee.entity.js';
import { EmployeeRepository } from './employee.repository.js';
import type { EmployeePatch, NewEmployee } from './employee.schemas.js';

/** An employee to add, with what it brings along if it was elsewhere before. */
export type EmployeeCreation = NewEmployee & Partial<Past>;

/** The one way in which employees are written, together with the audit: by the APIs, imports and data migrations. */
@Injectable()
export class EmployeeWrites {
  constructor(private readonly employees: EmployeeRepository) {}

  /** @returns the new employees in the order of those given. */
  async create(tx: Tx, context: RequestContext, creations: readonly EmployeeCreation[]): Promise<Employee[]> {
    if (creations.length === 0) return [];
    const added = await this.employees.insert(tx, creations);
    const entries = added.map(({ id }, index): BatchEntry => {
      const { version: _, ...after } = creations[index] as EmployeeCreation;
      return { action: 'employee.create', subject_type: 'employee', subject_id: id, after };
    });
    await writeAudits(tx, sourceOf(context), entries);
    return added;
  }

  /** @throws Problem 404, 409 or 412. */
  async update(tx: Tx, context: RequestContext, id: number, patch: EmployeePatch): Promise<Employee> {
    const employee = await this.lock(tx, context, id);
    const { before, after } = changedFields<Employee>(employee, patch);
    if (Object.keys(after).length === 0) return employee;
    const changed = await this.employees.update(tx, id, after);
    writeAudit(tx, sourceOf(context), {
      action: 'employee.update',
      subject_type: 'employee',
      subject_id: id,
      before,
      after,
    });
    return changed;
  }

  /** @throws Problem 404, 409 or 412. */
  async remove(tx: Tx, context: RequestContext, id: number): Promise<void> {
    const { version: _, ...before } = await this.lock(tx, context, id);
    await inUseWhenReferred(this.employees.remove(tx, id), {
      tickets: 'Tickets refer to this employee. Give those tickets to another employee or delete them first.',
      spaces:
        'Spaces open tickets for this employee. Set their ticket_for to another employee or null first.',
    });
    writeAudit(tx, sourceOf(context), {
      action: 'employee.delete',
      subject_type: 'employee',
      subject_id: id,
      before,
    });
  }

  private async lock(tx: Tx, { principal, if_match }: RequestContext, id: number): Promise<Employee> {
    const employee = await this.employees.lock(tx, principal, id);
    if (employee === undefined) throw notFound('employee', id);
    assertMatches(if_match, employee.version);
    return employee;
  }
}
