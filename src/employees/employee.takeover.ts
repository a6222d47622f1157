import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { operatorContext } from '../access/context.js';
import { writeAuditBatch } from '../access/audit/audit.batch.js';
import { sourceOf } from '../access/audit/audit.js';
import { readRow, SeenKeys } from '../platform/bulk/bulk.import.js';
import {
  type CheckedRows,
  formerMoment,
  type FormerRow,
  versionAndTimes,
} from '../platform/bulk/former.rows.js';
import type { Queryable, Tx } from '../platform/database/database.js';
import { idInBody } from '../platform/validation/text.js';
import { EmployeeBulkRepository, type FormerEmployee } from './employee.bulk.repository.js';
import { newEmployeeSchema } from './employee.schemas.js';

const formerSchema = z.strictObject({
  ...newEmployeeSchema.shape,
  id: idInBody,
  created: formerMoment,
  updated: formerMoment.optional(),
});

/** Employees of an older installation, with their ids. */
@Injectable()
export class EmployeeDataMigration {
  constructor(private readonly employees: EmployeeBulkRepository) {}

  isEmpty(db: Queryable): Promise<boolean> {
    return this.employees.isEmpty(db);
  }

  /** Of rows that share an e-mail or a phone the one with the lowest id is good. */
  async check(db: Queryable, rows: FormerRow[]): Promise<CheckedRows<FormerEmployee>> {
    const checked: CheckedRows<FormerEmployee> = { good: [], bad: [] };
    const candidates: FormerEmployee[] = [];
    for (const { id, values } of rows) {
      const read = readRow(formerSchema, { line: id, values: { ...values, id } });
      if ('error' in read) {
        checked.bad.push({ line: id, error: read.error });
        continue;
      }
      const { created, updated, ...employee } = read.data;
      candidates.push({ ...employee, ...versionAndTimes({ created, updated }) });
    }
    const keys = await this.employees.takenKeys(db, candidates);
    const seen = new SeenKeys();
    for (const [index, employee] of candidates.entries()) {
      const emailKey = keys[index]?.email_key ?? '';
      const sameEmail = seen.holder('email', emailKey, employee.id);
      const samePhone =
        employee.phone === null ? undefined : seen.holder('phone', employee.phone, employee.id);
      if (sameEmail !== undefined)
        checked.bad.push({ line: employee.id, error: `email: employee ${sameEmail} has it already` });
      else if (samePhone !== undefined)
        checked.bad.push({ line: employee.id, error: `phone: employee ${samePhone} has it already` });
      else {
        seen.claim('email', emailKey, employee.id);
        if (employee.phone !== null) seen.claim('phone', employee.phone, employee.id);
        checked.good.push(employee);
      }
    }
    return checked;
  }

  async add(tx: Tx, command: string, employees: FormerEmployee[]): Promise<void> {
    await this.employees.insertFormer(tx, employees);
    const entries = employees.map(({ version: _, ...after }) => ({
      action: 'employee.create',
      subject_type: 'employee',
      subject_id: after.id,
      after,
    }));
    await writeAuditBatch(tx, sourceOf(operatorContext(command)), entries);
  }

  continueBehind(tx: Tx, highestId: number): Promise<void> {
    return this.employees.continueBehind(tx, highestId);
  }
}
