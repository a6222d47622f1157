import { Injectable } from '@nestjs/common';
import { operatorContext } from '../access/context.js';
import { countChanged, type Importer, type Outcome, readRow } from '../platform/bulk/bulk.import.js';
import type { SourceRow } from '../platform/bulk/row.source.js';
import { Database, type Queryable } from '../platform/database/database.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { settings } from '../platform/settings/settings.js';
import { EmployeeLookup } from '../employees/employee.lookup.js';
import { existingSpaces } from '../spaces/tree/space.places.js';
import { UserLookup } from '../users/user.lookup.js';
import { type TicketRow, ticketRowSchema } from './ticket.import.schema.js';
import { isFinal } from './ticket.workflow.js';
import { type TicketCreation, TicketWrites } from './ticket.writes.js';

interface TicketImportOptions {
  command: string;
  /** Username of who opened the tickets that name nobody; unset: the first admin who can act. */
  createdBy: string | undefined;
}

type Read = { line: number; ticket: TicketRow; changed_texts: number };

/** What the names and ids of a batch stand for. */
interface Known {
  employees: Map<string, number>;
  employeeIds: Set<number>;
  users: Map<string, number>;
  spaces: Set<string>;
  /** Why a user cannot be given an open ticket, by id. */
  reasonsNotToAct: Map<number, string>;
}

function read(row: SourceRow): Read | Outcome {
  const found = readRow(ticketRowSchema, row);
  if ('error' in found) return { line: row.line, error: found.error };
  return {
    line: row.line,
    ticket: found.data,
    changed_texts: countChanged(row.values, ['title', 'description']),
  };
}

const distinct = <T>(values: (T | undefined)[]): T[] => [
  ...new Set(values.filter((value) => value !== undefined)),
];

/** The creation with its names replaced by ids, or the first name that stands for nobody. */
function resolve(row: TicketRow, known: Known, createdBy: number): TicketCreation | string {
  const {
    employee,
    employee_id,
    created_by_username,
    assignee,
    space_id = null,
    due_at = null,
    ...rest
  } = row;
  const { status, created_at, updated_at, resolved_at, ...ticket } = rest;
  const employeeId = employee === undefined ? employee_id : known.employees.get(employee);
  if (employeeId === undefined) return `employee: there is no employee with the e-mail ${employee}`;
  if (employee === undefined && !known.employeeIds.has(employeeId))
    return `employee_id: there is no employee ${employeeId}`;
  const created_by = created_by_username === undefined ? createdBy : known.users.get(created_by_username);
  if (created_by === undefined) return `created_by_username: there is no user ${created_by_username}`;
  const assignee_id = assignee === undefined ? null : known.users.get(assignee);
  if (assignee_id === undefined) return `assignee: there is no user ${assignee}`;
  if (space_id !== null && !known.spaces.has(space_id)) return `space_id: there is no space ${space_id}`;
  const reason =
    isFinal(settings.current.workflow, status) || assignee_id === null
      ? undefined
      : known.reasonsNotToAct.get(assignee_id);
  if (reason !== undefined) return `assignee: ${reason}`;
  const changed = updated_at !== undefined && updated_at !== created_at;
  return {
    kind: 'create',
    ticket: { ...ticket, employee_id: employeeId, assignee_id, space_id, due_at },
    status,
    created_by,
    past: { created_at, updated_at, resolved_at, version: changed ? 2 : 1 },
  };
}

/** Tickets from a file, by the rules of the API; any status of the workflow may be the first. */
@Injectable()
export class TicketImport {
  constructor(
    private readonly writes: TicketWrites,
    private readonly employees: EmployeeLookup,
    private readonly users: UserLookup,
    private readonly database: Database,
  ) {}

  /**
   * @returns an importer for one file.
   * @throws StartupError when there is nobody in whose name the tickets could be opened.
   */
  async start({ command, createdBy }: TicketImportOptions): Promise<Importer> {
    const creator = await this.creatorOf(createdBy);
    return {
      fields: Object.keys(ticketRowSchema.shape),
      importBatch: (rows, dryRun) =>
        this.database.transaction(async (tx) => {
          const lines = rows.map(read);
          const known = await this.knownOf(tx, lines);
          const good: TicketCreation[] = [];
          const outcomes = lines.map((line): Outcome => {
            if (!('ticket' in line)) return line;
            const ticket = resolve(line.ticket, known, creator);
            if (typeof ticket === 'string') return { line: line.line, error: ticket };
            good.push(ticket);
            return { line: line.line, changed_texts: line.changed_texts };
          });
          if (!dryRun) await this.writes.apply(tx, operatorContext(command), good);
          return outcomes;
        }),
    };
  }

  private async creatorOf(username: string | undefined): Promise<number> {
    if (username === undefined) {
      const admin = await this.users.firstActingAdmin(this.database);
      if (admin === undefined)
        throw new StartupError(
          'There is no admin in whose name the tickets could be opened. Run: frontdesk user create',
        );
      return admin;
    }
    const id = (await this.users.idsByUsername(this.database, [username])).get(username);
    if (id === undefined)
      throw new StartupError(
        `There is no user ${username} in whose name the tickets could be opened. Name another with --created-by.`,
      );
    return id;
  }

  private async knownOf(tx: Queryable, lines: (Read | Outcome)[]): Promise<Known> {
    const rows = lines.flatMap((line) => ('ticket' in line ? [line.ticket] : []));
    const users = await this.users.idsByUsername(
      tx,
      distinct(rows.flatMap(({ created_by_username, assignee }) => [created_by_username, assignee])),
    );
    const reasonsNotToAct = new Map<number, string>();
    for (const name of distinct(rows.map(({ assignee }) => assignee))) {
      const id = users.get(name);
      const reason = id === undefined ? undefined : await this.users.reasonNotToAct(tx, id, 'ticket:update');
      if (id !== undefined && reason !== undefined) reasonsNotToAct.set(id, reason);
    }
    return {
      employees: await this.employees.idsByEmail(tx, distinct(rows.map(({ employee }) => employee))),
      employeeIds: await this.employees.existing(tx, distinct(rows.map(({ employee_id }) => employee_id))),
      users,
      spaces: await existingSpaces(tx, distinct(rows.map(({ space_id }) => space_id))),
      reasonsNotToAct,
    };
  }
}
