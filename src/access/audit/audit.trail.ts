import { VALUES_APART } from './audit.values.js';
import type { Queryable } from '../../platform/database/database.js';
import { type Page, readPage } from '../../platform/pagination/page.js';
import { where } from '../../platform/pagination/page.reading.js';

/** One audited change, as a reader of a history sees it. */
export interface TrailEntry {
  id: number;
  at: string;
  action: string;
  actor_id: number | null;
  actor_username: string | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

const LIST = {
  from: `(SELECT id, at, action, subject_type, subject_id,
            CASE WHEN principal_type = 'user' THEN principal_id::bigint END AS actor_id, actor_username,
            audit.before || coalesce(apart.before, '{}') AS before, audit.after || coalesce(apart.after, '{}') AS after
          FROM audit CROSS JOIN LATERAL (${VALUES_APART}) AS apart) AS trail`,
  columns: 'id, at, action, actor_id, actor_username, before, after',
  long: { before: 'pg_column_size(before)', after: 'pg_column_size(after)' },
  sorts: { id: { column: 'id', type: 'bigint' } },
} as const;

/** What happened to one subject, newest first. */
export const readTrail = (
  db: Queryable,
  subjectType: string,
  subjectId: number,
  query: { limit: number; cursor?: string | undefined },
): Promise<Page<TrailEntry>> =>
  readPage<TrailEntry>(
    db,
    LIST,
    [where('subject_type = ?', subjectType), where('subject_id = ?', String(subjectId))],
    {
      ...query,
      sort: '-id',
      count: false,
    },
  );
