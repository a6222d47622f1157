import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../platform/database/database.js';
import type { Micros } from '../counting/instant.js';
import type { OpeningHours } from '../tree/space.entity.js';

/** What the history of a space is read by; what the space itself does not say is that of the nearest one above it. */
export interface HistorySpace {
  id: string;
  name: string | null;
  capacity: number | null;
  counting_since: Micros;
  /** null: UTC. */
  time_zone: string | null;
  /** null: always open. */
  opening_hours: OpeningHours | null;
}

const inherited = (column: string): string =>
  `(SELECT a.${column} FROM spaces a WHERE a.id = ANY (s.path) AND a.${column} IS NOT NULL
    ORDER BY cardinality(a.path) DESC LIMIT 1) AS ${column}`;

@Injectable()
export class HistoryRepository {
  async find(db: Queryable, id: string): Promise<HistorySpace | undefined> {
    const [row] = await db.query<HistorySpace>({
      prepare: true,
      text: `SELECT s.id, s.name, s.capacity, (extract(epoch FROM s.counting_since) * 1000000)::bigint AS counting_since,
               ${inherited('time_zone')}, ${inherited('opening_hours')}
             FROM spaces s WHERE s.id = $1`,
      values: [id],
    });
    return row;
  }
}
