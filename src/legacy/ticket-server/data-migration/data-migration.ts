import { type EmployeeDataMigration } from '../../../employees/employee.takeover.js';
import type { CheckedRows, FormerRow } from '../../../platform/bulk/former.rows.js';
import type { Database, Tx } from '../../../platform/database/database.js';
import { StartupError } from '../../../platform/errors/startup-error.js';
import { type TicketDataMigration } from '../../../tickets/ticket.takeover.js';
import { type UserDataMigration } from '../../../users/user.takeover.js';
import type { ReportedLine } from '../../../platform/bulk/bulk.import.js';
import type { OldDatabase, Table } from './source.database.js';

const COMMAND = 'import ticket-server';
const BATCH = 500;
const HIGHEST_ID = 999_999_999_999_999;

interface Options {
  dryRun: boolean;
  onLines: (lines: ReportedLine[]) => Promise<void>;
}

const linesOf = (table: Table, rows: FormerRow[], bad: CheckedRows<unknown>['bad']): ReportedLine[] => {
  const reasons = new Map(bad.map(({ line, error }) => [line, error]));
  return rows.map(({ id }) => ({ line: `${table} ${id}`, error: reasons.get(id) }));
};

/** Of all rows: an id that was left out may still be written on somebody's note. */
const highest = (rows: FormerRow[], before = 0): number =>
  rows.reduce(
    (most, { id }) => (Number.isSafeInteger(id) && id <= HIGHEST_ID ? Math.max(most, id) : most),
    before,
  );

/** Brings an older ticket server's data into an empty installation, as a whole or not at all. */
export class Takeover {
  constructor(
    private readonly users: UserDataMigration,
    private readonly employees: EmployeeDataMigration,
    private readonly tickets: TicketDataMigration,
  ) {}

  /**
   * @param owner the database as the owner of the schema, who alone may set the next ids.
   * @throws StartupError when the installation is in use, or when nobody could administer it afterwards.
   */
  run(owner: Database, old: OldDatabase, options: Options): Promise<void> {
    return owner.transaction(async (tx) => {
      if (options.dryRun) await tx.query({ text: 'SET TRANSACTION READ ONLY' });
      else await tx.query({ text: 'LOCK TABLE users, employees, tickets IN ACCESS EXCLUSIVE MODE' });
      await this.assertEmpty(tx);
      const users = await this.takeUsers(tx, old, options);
      const employees = await this.takeEmployees(tx, old, options);
      await this.takeTickets(tx, old, options, { users, employees });
    });
  }

  private async assertEmpty(tx: Tx): Promise<void> {
    const empty =
      (await this.tickets.isEmpty(tx)) &&
      (await this.employees.isEmpty(tx)) &&
      (await this.users.isUnused(tx));
    if (empty) return;
    throw new StartupError(
      'The installation is in use: it has employees, tickets, or users other than the untouched first ones. ' +
        'Import into an empty one: set DATA_DIR or DATABASE_URL to a new place.',
    );
  }

  private async takeUsers(tx: Tx, old: OldDatabase, { dryRun, onLines }: Options): Promise<Set<number>> {
    // All at once: a double name is found across the whole table.
    const rows = [...old.batches('users', BATCH)].flat();
    const { good, bad } = await this.users.check(tx, rows);
    await onLines(linesOf('users', rows, bad));
    if (!this.users.hasActingAdmin(good)) {
      throw new StartupError(
        'None of the users that can be taken over is an admin who is neither disabled nor denied. Make one on the older server first.',
      );
    }
    if (!dryRun) {
      await this.users.removeFirstUsers(tx, COMMAND);
      for (let from = 0; from < good.length; from += BATCH)
        await this.users.add(tx, COMMAND, good.slice(from, from + BATCH));
      await this.users.continueBehind(tx, highest(rows));
    }
    return new Set(good.map(({ id }) => id));
  }

  private async takeEmployees(tx: Tx, old: OldDatabase, { dryRun, onLines }: Options): Promise<Set<number>> {
    const rows = [...old.batches('employees', BATCH)].flat();
    const { good, bad } = await this.employees.check(tx, rows);
    await onLines(linesOf('employees', rows, bad));
    if (!dryRun) {
      for (let from = 0; from < good.length; from += BATCH) {
        await this.employees.add(tx, COMMAND, good.slice(from, from + BATCH));
      }
      await this.employees.continueBehind(tx, highest(rows));
    }
    return new Set(good.map(({ id }) => id));
  }

  private async takeTickets(
    tx: Tx,
    old: OldDatabase,
    { dryRun, onLines }: Options,
    known: { users: Set<number>; employees: Set<number> },
  ): Promise<void> {
    let last = 0;
    for (const rows of old.batches('tickets', BATCH)) {
      const { good, bad } = this.tickets.check(rows, known);
      last = highest(rows, last);
      if (!dryRun) await this.tickets.add(tx, COMMAND, good);
      await onLines(linesOf('tickets', rows, bad));
    }
    if (!dryRun) await this.tickets.continueBehind(tx, last);
  }
}
