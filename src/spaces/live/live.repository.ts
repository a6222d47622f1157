import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';

/** The SQL by which watched spaces are compared. */
@Injectable()
export class LiveRepository {
  constructor(private readonly database: Database) {}

  async seqs(ids: string[]): Promise<Map<string, number>> {
    const rows = await this.database.query<{ space_id: string; seq: number }>({
      prepare: true,
      text: 'SELECT space_id, seq FROM space_counts WHERE space_id = ANY ($1)',
      values: [ids],
    });
    return new Map(rows.map(({ space_id, seq }) => [space_id, seq]));
  }
}
