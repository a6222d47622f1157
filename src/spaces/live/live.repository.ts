import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import type { SpaceState } from '../counting/state.schemas.js';

/** What watchers see. */
@Injectable()
export class LiveRepository {
  constructor(private readonly database: Database) {}

  /** The states of those spaces that exist. */
  states(ids: string[]): Promise<SpaceState[]> {
    return this.database.query<SpaceState>({
      prepare: true,
      express: true,
      text: `SELECT s.id AS space_id, s.name, shown AS occupancy, s.capacity,
                    CASE WHEN s.capacity IS NOT NULL THEN greatest(0, s.capacity - shown) END AS free,
                    coalesce(shown > s.capacity, false) AS over_capacity, c.level, c.level_since, c.seq, c.changed_at,
                    s.counting_since
             FROM spaces s JOIN space_counts c ON c.space_id = s.id, greatest(0, c.inside) AS shown
             WHERE s.id = ANY ($1)`,
      values: [ids],
    });
  }

  async seqs(ids: string[]): Promise<Map<string, number>> {
    const rows = await this.database.query<{ space_id: string; seq: number }>({
      prepare: true,
      text: 'SELECT space_id, seq FROM space_counts WHERE space_id = ANY ($1)',
      values: [ids],
    });
    return new Map(rows.map(({ space_id, seq }) => [space_id, seq]));
  }

  /** Which of these display tokens have not been revoked. */
  async displayTokens(ids: string[]): Promise<Set<string>> {
    const rows = await this.database.query<{ id: string }>({
      prepare: true,
      text: 'SELECT id FROM display_tokens WHERE id = ANY ($1)',
      values: [ids],
    });
    return new Set(rows.map(({ id }) => id));
  }
}
