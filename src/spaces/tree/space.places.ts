import type { Queryable } from '../../platform/database/database.js';
import type { SpaceKind } from './space.entity.js';

/** Where a space stands, as a file may name it. */
export interface Place {
  id: string;
  kind: SpaceKind;
  /** Its names from the top, such as `Campus / Quay House`. */
  names: string;
}

/** All spaces with their names from the top, what contains others first. */
export const allPlaces = (db: Queryable): Promise<Place[]> =>
  db.query({
    text: `SELECT s.id, s.kind, (
             SELECT string_agg(coalesce(p.name, p.id::text), ' / ' ORDER BY cardinality(p.path))
             FROM spaces p WHERE p.id = ANY (s.path)) AS names
           FROM spaces s ORDER BY cardinality(s.path), s.id`,
  });

/** Those of these ids that are ids of spaces. */
export async function existingSpaces(db: Queryable, ids: string[]): Promise<Set<string>> {
  const rows = await db.query<{ id: string }>({
    text: 'SELECT id FROM spaces WHERE id = ANY ($1)',
    values: [ids],
  });
  return new Set(rows.map(({ id }) => id));
}
