import { Injectable } from '@nestjs/common';
import { operatorContext } from '../access/context.js';
import {
  countChanged,
  type Importer,
  type Outcome,
  readRow,
  SeenKeys,
} from '../platform/bulk/bulk.import.js';
import type { SourceRow } from '../platform/bulk/row.source.js';
import { Database, type Tx } from '../platform/database/database.js';
import { EmployeeLookup } from './employee.lookup.js';
import { type NewEmployee, newEmployeeSchema } from './employee.schemas.js';
import { EmployeeWrites } from './employee.writes.js';

type Checked = { line: number; employee: NewEmployee; outcome: Outcome };

const FIELDS = Object.keys(newEmployeeSchema.shape);

function check(row: SourceRow): Checked | Outcome {
  const read = readRow(newEmployeeSchema, row);
  if ('error' in read) return { line: row.line, error: read.error };
  return {
    line: row.line,
    employee: read.data,
    outcome: { line: row.line, changed_texts: countChanged(row.values, FIELDS) },
  };
}

/** Employees from a file, by the rules of the API. */
@Injectable()
export class EmployeeImport {
  constructor(
    private readonly lookup: EmployeeLookup,
    private readonly writes: EmployeeWrites,
    private readonly database: Database,
  ) {}

  /** @returns an importer for one file. */
  start(command: string): Importer {
    const seen = new SeenKeys();
    return {
      fields: FIELDS,
      importBatch: (rows, dryRun) =>
        this.database.transaction(async (tx) => {
          const checked = rows.map(check);
          const good = checked.filter((row) => 'employee' in row);
          const refused = await this.refuseTaken(tx, good, seen);
          const kept = good.filter(({ line }) => !refused.has(line));
          if (!dryRun) {
            const employees = kept.map(({ employee }) => employee);
            await this.writes.create(tx, operatorContext(command), employees);
          }
          return checked.map((row) => ('employee' in row ? (refused.get(row.line) ?? row.outcome) : row));
        }),
    };
  }

  private async refuseTaken(tx: Tx, rows: Checked[], seen: SeenKeys): Promise<Map<number, Outcome>> {
    const keys = await this.lookup.takenKeys(
      tx,
      rows.map(({ employee }) => employee),
    );
    const refused = new Map<number, Outcome>();
    for (const [index, { line, employee }] of rows.entries()) {
      const key = keys[index];
      if (key === undefined) continue;
      const error = refusal(key, employee, line, seen);
      if (error !== undefined) refused.set(line, { line, error });
      else claim(key.email_key, employee.phone, line, seen);
    }
    return refused;
  }
}

function refusal(
  key: { email_key: string; email_taken: boolean; phone_taken: boolean },
  { phone }: NewEmployee,
  line: number,
  seen: SeenKeys,
): string | undefined {
  if (key.email_taken) return 'email: another employee has this e-mail address';
  if (key.phone_taken) return 'phone: another employee has this phone number';
  const sameEmail = seen.holder('email', key.email_key, line);
  if (sameEmail !== undefined) return `email: line ${sameEmail} has this e-mail address already`;
  const samePhone = phone === null ? undefined : seen.holder('phone', phone, line);
  if (samePhone !== undefined) return `phone: line ${samePhone} has this phone number already`;
  return undefined;
}

function claim(emailKey: string, phone: string | null, line: number, seen: SeenKeys): void {
  seen.claim('email', emailKey, line);
  if (phone !== null) seen.claim('phone', phone, line);
}
