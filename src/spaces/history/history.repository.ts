import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../platform/database/database.js';
import { type Micros, micros, toIso } from '../counting/instant.js';
import { type LocalSettings, localSettingsOf } from '../tree/local-settings.js';
import type { Principal } from '../../access/principal.js';
import { alsoOneOf } from '../../platform/pagination/page.reading.js';
import { visibleSpaces } from '../tree/space.visibility.js';

/** What a reader of the history needs to know of a space. */
export interface HistorySpace extends LocalSettings {
  id: string;
  capacity: number | null;
  counting_since: Micros;
}

/** Who came into a space and left it through a door, in one of several spans of time. */
export interface DoorSum {
  /** Index of the span. */
  span: number;
  door_id: string;
  entered: number;
  departed: number;
}

@Injectable()
export class HistoryRepository {
  async find(db: Queryable, principal: Principal, id: string): Promise<HistorySpace | undefined> {
    const visible = alsoOneOf(visibleSpaces(principal), 2);
    const [[row], settings] = await Promise.all([
      db.query<Omit<HistorySpace, keyof LocalSettings>>({
        prepare: true,
        text: `SELECT id, capacity, ${micros('counting_since')} AS counting_since FROM spaces WHERE id = $1${visible.sql}`,
        values: [id, ...visible.values],
      }),
      localSettingsOf(db, [id]),
    ]);
    const local = settings.get(id);
    return row === undefined || local === undefined ? undefined : { ...row, ...local };
  }

  /** The doors that lead into a space from without, or out of it, at whatever depth. */
  doors(db: Queryable, spaceId: string): Promise<{ id: string; name: string }[]> {
    return db.query({
      prepare: true,
      text: `WITH inner_space AS MATERIALIZED (SELECT id FROM spaces WHERE path @> ARRAY[$1::uuid])
             SELECT id, name FROM doors WHERE to_space_id IN (SELECT id FROM inner_space)
               AND (from_space_id IS NULL OR from_space_id NOT IN (SELECT id FROM inner_space))
             UNION ALL
             SELECT id, name FROM doors WHERE from_space_id IN (SELECT id FROM inner_space)
               AND (to_space_id IS NULL OR to_space_id NOT IN (SELECT id FROM inner_space))
             ORDER BY id`,
      values: [spaceId],
    });
  }

  /** @param fresh from when on the ledger is read and not the roll-ups: the beginning of a quarter of an hour. */
  doorSums(
    db: Queryable,
    spaceId: string,
    spans: readonly { from: Micros; to: Micros }[],
    fresh: Micros,
  ): Promise<DoorSum[]> {
    return db.query({
      prepare: true,
      text: `SELECT span.n - 1 AS span, d.door_id, sum(d.entered)::bigint AS entered, sum(d.departed)::bigint AS departed
             FROM unnest($2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY AS span (since, until, n), LATERAL (
               SELECT door_id, entered, departed FROM door_quarters
               WHERE space_id = $1 AND quarter >= span.since AND quarter < least(span.until, $4)
               UNION ALL
               SELECT door_id, greatest(delta, 0), greatest(-delta, 0) FROM space_events
               WHERE space_id = $1 AND at >= greatest(span.since, $4) AND at < span.until
                 AND door_id IS NOT NULL AND kind IN ('passage', 'admission')) AS d
             GROUP BY span.n, d.door_id ORDER BY span.n, d.door_id`,
      values: [spaceId, spans.map(({ from }) => toIso(from)), spans.map(({ to }) => toIso(to)), toIso(fresh)],
    });
  }
}
