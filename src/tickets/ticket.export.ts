import { Injectable } from '@nestjs/common';
import { type FileFormat, headOf, linesOf } from '../platform/bulk/file.format.js';
import { Database } from '../platform/database/database.js';
import type { Principal } from '../access/principal.js';
import { namesWith } from '../platform/fields/description.js';
import { TICKET_FIELDS } from './ticket.fields.js';
import { type ExportedTicket, TicketRepository } from './ticket.repository.js';

const BATCH = 200;

/** Behind the id of a person stands the name that it has elsewhere. */
const NAMES: Partial<Record<keyof ExportedTicket, keyof ExportedTicket>> = {
  employee_id: 'employee',
  created_by: 'created_by_username',
  assignee_id: 'assignee',
};

const COLUMNS = namesWith(TICKET_FIELDS, ({ exported }) => exported === true).flatMap((name) => {
  const spoken = NAMES[name as keyof ExportedTicket];
  return (spoken === undefined ? [name] : [name, spoken]) as (keyof ExportedTicket)[];
});

/** All tickets as a file: in the order of ids, as they were at one moment. */
@Injectable()
export class TicketExport {
  constructor(
    private readonly tickets: TicketRepository,
    private readonly database: Database,
  ) {}

  /**
   * Hands the file over piece by piece and waits for each to be taken, so that memory does not grow with the tickets.
   * @param principal whose tickets: those that they see.
   * @returns how many tickets it wrote.
   */
  write(
    format: FileFormat,
    sink: (text: string) => Promise<void>,
    onProgress: (done: number, highestId: number) => void,
    principal: Principal,
  ): Promise<number> {
    return this.database.transaction(async (tx) => {
      await tx.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY' });
      const highest = await this.tickets.highestId(tx);
      await sink(headOf(format, COLUMNS));
      let count = 0;
      for (let last = 0; ;) {
        const batch = await this.tickets.exportedBehind(tx, principal, last, BATCH);
        const end = batch.at(-1);
        if (end === undefined) return count;
        await sink(linesOf(format, COLUMNS, batch));
        last = end.id;
        count += batch.length;
        onProgress(last, highest);
      }
    });
  }
}
