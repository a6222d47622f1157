import { Injectable } from '@nestjs/common';
import { operatorContext } from '../../access/context.js';
import { countChanged, type Importer, type Outcome, readRow } from '../../platform/bulk/bulk.import.js';
import type { SourceRow } from '../../platform/bulk/row.source.js';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/errors/problem.js';
import { newUuid } from '../../platform/new-uuid.js';
import { assertCountingSince, assertPlace, assertSettings } from './space.policy.js';
import { SpaceService } from './space.service.js';
import { lineValues, SPACE_FIELDS, type SpaceRow, spaceRowSchema } from './space.import.schema.js';
import { SpaceNames } from './space.names.js';
import { allPlaces, type Place } from './space.places.js';

interface Checked {
  line: number;
  row: SpaceRow;
  place: Place;
  parent: Place | undefined;
}

/** Spaces from a file, by the rules of the API; a line may refer to a space of a line before it. */
@Injectable()
export class SpaceImport {
  constructor(
    private readonly spaces: SpaceService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns an importer for one file. */
  async start(command: string): Promise<Importer> {
    const names = new SpaceNames();
    for (const place of await allPlaces(this.database)) names.add(place);
    return {
      fields: SPACE_FIELDS,
      importBatch: (rows, dryRun) => this.importBatch(command, names, rows, dryRun),
    };
  }

  private importBatch(
    command: string,
    names: SpaceNames,
    rows: SourceRow[],
    dryRun: boolean,
  ): Promise<Outcome[]> {
    return this.database.transaction(async (tx) => {
      const made: Checked[] = [];
      // The spaces of this batch are kept apart: it is tried again in halves when the database refuses a line of it.
      const known = new SpaceNames();
      const outcomes = rows.map((row): Outcome => {
        const checked = this.check(row, [names, known]);
        if ('error' in checked) return { line: row.line, error: checked.error };
        known.add(checked.place);
        made.push(checked);
        return { line: row.line, changed_texts: countChanged(row.values, ['name']) };
      });
      if (!dryRun) {
        const context = operatorContext(command);
        for (const { row, place, parent } of made) {
          const { parent: _, ...settings } = row;
          const input = { ...settings, id: place.id, parent_id: parent?.id ?? null, ticket_for: null };
          await this.spaces.createIn(tx, context, input);
        }
      }
      tx.afterCommit(() => made.forEach(({ place }) => names.add(place)));
      return outcomes;
    });
  }

  private check(source: SourceRow, known: SpaceNames[]): Checked | { error: string } {
    const read = readRow(spaceRowSchema, { line: source.line, values: lineValues(source.values) });
    if ('error' in read) return read;
    const { data: row } = read;
    const parent = parentOf(row, known);
    if (typeof parent === 'string') return { error: parent };
    const { id = newUuid(), kind, name } = row;
    if (known.some((names) => names.withId(id))) return { error: `id: there is a space ${id}` };
    const names = SpaceNames.join(parent, name);
    // A file that is imported again must not create every space twice.
    if (row.id === undefined && known.some((places) => places.withNames(names) !== undefined))
      return { error: `name: there is a space ${names} already; give it an id of its own to have another` };
    try {
      assertPlace(kind, parent?.kind, []);
      assertSettings(row);
      if (row.counting_since !== undefined)
        assertCountingSince(row.counting_since, undefined, this.clock.now());
    } catch (error) {
      if (error instanceof Problem) return { error: error.detail };
      throw error;
    }
    return { line: source.line, row, parent, place: { id, kind, names } };
  }
}

/** What contains the space of a line, or the reason why it is not known. */
function parentOf({ parent, parent_id }: SpaceRow, known: SpaceNames[]): Place | undefined | string {
  if (parent_id !== undefined)
    return (
      known.map((names) => names.withId(parent_id)).find(Boolean) ??
      `parent_id: there is no space ${parent_id}`
    );
  if (parent === undefined) return undefined;
  const found = known.map((names) => names.withNames(parent)).filter((place) => place !== undefined);
  const [place, ...others] = found;
  if (place === 'ambiguous' || others.length > 0)
    return `parent: several spaces are ${parent}; use parent_id`;
  return place ?? `parent: there is no space ${parent}, and no line before this one makes it`;
}
