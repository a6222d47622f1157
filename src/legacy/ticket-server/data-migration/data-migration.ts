import { Injectable } from '@nestjs/common';
import { operatorContext } from '../../../access/context.js';
import { EmployeeLookup } from '../../../employees/employee.lookup.js';
import { EmployeeWrites } from '../../../employees/employee.writes.js';
import type { ReportedLine } from '../../../platform/bulk/bulk.import.js';
import type { Database, Tx } from '../../../platform/database/database.js';
import { StartupError } from '../../../platform/errors/startup-error.js';
import { Settings } from '../../../platform/settings/settings.js';
import { TicketWrites } from '../../../tickets/ticket.writes.js';
import { UserLookup } from '../../../users/user.lookup.js';
import { UserWrites } from '../../../users/user.writes.js';
import { checkEmployees } from './employee.migration.js';
import type { CheckedRows, MigratedRow } from './migrated.rows.js';
import type { SourceDatabase, Table } from './source.database.js';
import { assertUnused, continueAfter, removeFirstUsers } from './target.js';
import { checkTickets, type Known } from './ticket.migration.js';
import { checkUsers, hasActingAdmin } from './user.migration.js';

const COMMAND = 'import ticket-server';
const BATCH = 500;
const HIGHEST_ID = 999_999_999_999_999;

interface Options {
  dryRun: boolean;
  onLines: (lines: ReportedLine[]) => Promise<void>;
}

const linesOf = (table: Table, rows: MigratedRow[], bad: CheckedRows<unknown>['bad']): ReportedLine[] => {
  const reasons = new Map(bad.map(({ line, error }) => [line, error]));
  return rows.map(({ id }) => ({ line: `${table} ${id}`, error: reasons.get(id) }));
};

/** Of all rows: an id that was left out may still be written on somebody's note. */
const highest = (rows: MigratedRow[], before = 0): number =>
  rows.reduce(
    (most, { id }) => (Number.isSafeInteger(id) && id <= HIGHEST_ID ? Math.max(most, id) : most),
    before,
  );

function* batchesOf<T>(rows: T[]): Generator<T[]> {
  for (let from = 0; from < rows.length; from += BATCH) yield rows.slice(from, from + BATCH);
}

/** Brings the data of a ticket server into an empty installation, as a whole or not at all. */
@Injectable()
export class TicketServerMigration {
  private readonly context = operatorContext(COMMAND);

  constructor(
    private readonly users: UserWrites,
    private readonly userLookup: UserLookup,
    private readonly employees: EmployeeWrites,
    private readonly employeeLookup: EmployeeLookup,
    private readonly tickets: TicketWrites,
    private readonly settings: Settings,
  ) {}

  /**
   * @param owner the database as the owner of the schema, who alone may set the next ids.
   * @throws StartupError when the installation is in use, or when nobody could administer it afterwards.
   */
  run(owner: Database, source: SourceDatabase, options: Options): Promise<void> {
    return owner.transaction(async (tx) => {
      if (options.dryRun) await tx.query({ text: 'SET TRANSACTION READ ONLY' });
      else await tx.query({ text: 'LOCK TABLE users, employees, tickets IN ACCESS EXCLUSIVE MODE' });
      await assertUnused(tx);
      const users = await this.migrateUsers(tx, source, options);
      const employees = await this.migrateEmployees(tx, source, options);
      await this.migrateTickets(tx, source, options, { users, employees });
    });
  }

  private async migrateUsers(
    tx: Tx,
    source: SourceDatabase,
    { dryRun, onLines }: Options,
  ): Promise<Set<number>> {
    // All at once: a double name is found across the whole table.
    const rows = [...source.batches('users', BATCH)].flat();
    const { good, bad } = await checkUsers(tx, this.userLookup, this.settings.current.permissions, rows);
    await onLines(linesOf('users', rows, bad));
    if (!hasActingAdmin(good, this.settings.current.permissions)) {
      throw new StartupError(
        'None of the users that can be migrated is an admin who is neither disabled nor denied. Make one on the legacy server first.',
      );
    }
    if (!dryRun) {
      await removeFirstUsers(tx, COMMAND, this.users);
      for (const batch of batchesOf(good)) await this.users.create(tx, this.context, batch);
      await continueAfter(tx, 'users', highest(rows));
    }
    return new Set(good.map(({ id }) => id));
  }

  private async migrateEmployees(
    tx: Tx,
    source: SourceDatabase,
    { dryRun, onLines }: Options,
  ): Promise<Set<number>> {
    const rows = [...source.batches('employees', BATCH)].flat();
    const { good, bad } = await checkEmployees(tx, this.employeeLookup, rows);
    await onLines(linesOf('employees', rows, bad));
    if (!dryRun) {
      for (const batch of batchesOf(good)) await this.employees.create(tx, this.context, batch);
      await continueAfter(tx, 'employees', highest(rows));
    }
    return new Set(good.map(({ id }) => id));
  }

  private async migrateTickets(
    tx: Tx,
    source: SourceDatabase,
    { dryRun, onLines }: Options,
    known: Known,
  ): Promise<void> {
    let last = 0;
    for (const rows of source.batches('tickets', BATCH)) {
      const { good, bad } = checkTickets(rows, known);
      last = highest(rows, last);
      if (!dryRun) await this.tickets.apply(tx, this.context, good);
      await onLines(linesOf('tickets', rows, bad));
    }
    if (!dryRun) await continueAfter(tx, 'tickets', last);
  }
}
