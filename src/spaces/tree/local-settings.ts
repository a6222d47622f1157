import type { Queryable } from '../../platform/database/database.js';
import { DEFAULT_TIME_ZONE } from './local-time.js';
import type { OpeningHours } from './space.entity.js';

/** The local settings of a space: its own, or that of the nearest space above it that has one. */
export interface LocalSettings {
  time_zone: string;
  /** null: always open. */
  opening_hours: OpeningHours | null;
}

/** The nearest value on the way from a space up to its root. */
const nearest = (column: string): string =>
  `(SELECT above.${column} FROM spaces above WHERE above.id = ANY(spaces.path) AND above.${column} IS NOT NULL
    ORDER BY cardinality(above.path) DESC LIMIT 1) AS ${column}`;

/** The local settings of each of these spaces that is there, by id. */
export async function localSettingsOf(
  db: Queryable,
  spaceIds: readonly string[],
): Promise<Map<string, LocalSettings>> {
  const rows = await db.query<{ id: string; time_zone: string | null; opening_hours: OpeningHours | null }>({
    prepare: true,
    text: `SELECT id, ${nearest('time_zone')}, ${nearest('opening_hours')} FROM spaces WHERE id = ANY($1)`,
    values: [spaceIds],
  });
  return new Map(
    rows.map(({ id, time_zone, opening_hours }) => [
      id,
      { time_zone: time_zone ?? DEFAULT_TIME_ZONE, opening_hours },
    ]),
  );
}
