import { z } from 'zod';
import { EMPLOYEE_FIELDS } from '../../../employees/employee.fields.js';
import type { EmployeeLookup } from '../../../employees/employee.lookup.js';
import type { EmployeeCreation } from '../../../employees/employee.writes.js';
import { readRow, SeenKeys } from '../../../platform/bulk/bulk.import.js';
import type { Queryable } from '../../../platform/database/database.js';
import { shapeOf } from '../../../platform/fields/description.js';
import { idInBody } from '../../../platform/validation/text.js';
import { type CheckedRows, type MigratedRow, sourceTime, versionAndTimes } from './migrated.rows.js';

const rowSchema = z.strictObject({
  ...shapeOf(EMPLOYEE_FIELDS, 'created'),
  id: idInBody,
  created: sourceTime,
  updated: sourceTime.optional(),
});

/** Of rows that share an e-mail or a phone the one with the lowest id is good. */
export async function checkEmployees(
  db: Queryable,
  lookup: EmployeeLookup,
  rows: MigratedRow[],
): Promise<CheckedRows<EmployeeCreation & { id: number }>> {
  const checked: CheckedRows<EmployeeCreation & { id: number }> = { good: [], bad: [] };
  const candidates: (EmployeeCreation & { id: number })[] = [];
  for (const { id, values } of rows) {
    const read = readRow(rowSchema, { line: id, values: { ...values, id } });
    if ('error' in read) {
      checked.bad.push({ line: id, error: read.error });
      continue;
    }
    const { created, updated, ...employee } = read.data;
    candidates.push({ ...employee, ...versionAndTimes({ created, updated }) });
  }
  const keys = await lookup.takenKeys(db, candidates);
  const seen = new SeenKeys();
  for (const [index, employee] of candidates.entries()) {
    const emailKey = keys[index]?.email_key ?? '';
    const sameEmail = seen.holder('email', emailKey, employee.id);
    const samePhone = employee.phone === null ? undefined : seen.holder('phone', employee.phone, employee.id);
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
