import { Injectable } from '@nestjs/common';
import { type FileFormat, headOf, linesOf } from '../platform/bulk/file.format.js';
import { Database } from '../platform/database/database.js';
import { type ExportedTicket, TicketBulkRepository } from './ticket.bulk.repository.js';

const BATCH = 200;

const COLUMNS = [
  'id',
  'title',
  'description',
  'status',
  'priority',
  'employee_id',
  'employee',
  'created_by',
  'created_by_username',
  'assignee_id',
  'assignee',
  'space_id',
  'created_at',
  'updated_at',
  'resolved_at',
] as const satisfies readonly (keyof ExportedTicket)[];

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
    format: FileFormat,
    sink: (text: string) => Promise<void>,
    onProgress: (done: number, highestId: number) => void = () => undefined,
  ): Promise<number> {
    return this.database.transaction(async (tx) => {
      await tx.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY' });
      const highest = await this.tickets.highestId(tx);
      await sink(headOf(format, COLUMNS));
      let count = 0;
      for (let last = 0; ;) {
        const batch = await this.tickets.exportedBehind(tx, last, BATCH);
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
