import { Injectable } from '@nestjs/common';
import { csvLines } from '../platform/bulk/csv.lines.js';
import { Database } from '../platform/database/database.js';
import { type ExportedTicket, TicketBulkRepository } from './ticket.bulk.repository.js';

export type ExportFormat = 'csv' | 'ndjson';

const BATCH = 200;

const COLUMNS = [
  'id',
  'title',
  'description',
  'status',
  'priority',
  'employee_id',
  'employee',
  'owner_id',
  'owner',
  'assignee_id',
  'assignee',
  'space_id',
  'created_at',
  'updated_at',
  'resolved_at',
] as const satisfies readonly (keyof ExportedTicket)[];

const cells = (ticket: ExportedTicket): (string | number | null)[] => COLUMNS.map((column) => ticket[column]);

/** All tickets as a file: in the order of ids, as they were at one moment. */
@Injectable()
export class TicketExport {
  constructor(
    private readonly tickets: TicketBulkRepository,
    private readonly database: Database,
  ) {}

  /**
   * Hands the file over piece by piece and waits for each to be taken, so that memory does not grow with the tickets.
   * @returns how many tickets it wrote.
   */
  write(
    format: ExportFormat,
    sink: (text: string) => Promise<void>,
    onProgress: (done: number, highestId: number) => void = () => undefined,
  ): Promise<number> {
    return this.database.transaction(async (tx) => {
      await tx.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY' });
      const highest = await this.tickets.highestId(tx);
      if (format === 'csv') await sink(csvLines([COLUMNS]));
      let count = 0;
      for (let last = 0; ;) {
        const batch = await this.tickets.exportedBehind(tx, last, BATCH);
        const end = batch.at(-1);
        if (end === undefined) return count;
        await sink(
          format === 'csv'
            ? csvLines(batch.map(cells))
            : batch.map((ticket) => `${JSON.stringify(ticket)}\n`).join(''),
        );
        last = end.id;
        count += batch.length;
        onProgress(last, highest);
      }
    });
  }
}
