import { Injectable } from '@nestjs/common';
import { operatorContext } from '../../platform/access/operator.js';
import { countChanged, type Importer, type Outcome, readRow } from '../../platform/bulk/bulk.import.js';
import type { SourceRow } from '../../platform/bulk/row.source.js';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { Problem } from '../../platform/errors/problem.js';
import { newUuid } from '../../platform/new-uuid.js';
import { spaceRowSchema } from './space.import.schema.js';
import { SpaceNames } from './space.names.js';
import { assertCountingSince, assertPlace, assertSettings } from './space.policy.js';
import { SpaceRepository } from './space.repository.js';
import { type SpaceInput, SpaceService } from './space.service.js';

type Checked = { space: SpaceInput & { id: string }; outcome: Outcome };

/** Spaces from a file, by the rules of the API; each stands behind the one that it lies in. */
@Injectable()
export class SpaceImport {
  constructor(
    private readonly spaces: SpaceRepository,
    private readonly service: SpaceService,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns an importer for one file. */
  async start(command: string): Promise<Importer> {
    let known = new SpaceNames(await this.spaces.places(this.database));
    return {
      fields: Object.keys(spaceRowSchema.shape),
      importBatch: async (rows, dryRun) => {
        const names = known.copy();
        const checked = rows.map((row) => this.check(row, names));
        if (!dryRun) {
          await this.database.transaction(async (tx) => {
            for (const line of checked)
              if ('space' in line) await this.service.createIn(tx, operatorContext(command), line.space);
          });
        }
        // Only now: a batch that the database refuses is tried again in parts.
        known = names;
        return checked.map((line) => ('space' in line ? line.outcome : line));
      },
    };
  }

  private check(row: SourceRow, names: SpaceNames): Checked | Outcome {
    const { line } = row;
    const read = readRow(spaceRowSchema, row);
    if ('error' in read) return { line, error: read.error };
    const { parent: words, ...fields } = read.data;
    const parent = words === undefined ? undefined : names.find(words);
    if (typeof parent === 'string') return { line, error: `parent: ${parent}` };
    const space = { ...fields, id: fields.id ?? newUuid(), parent_id: parent?.id ?? null, ticket_for: null };
    if (names.has(space.id)) return { line, error: 'id: there is a space with this id already' };
    // The same file a second time would make everything twice.
    if (names.named(space.parent_id, space.name).length > 0)
      return { line, error: 'name: there is a space of this name in the same place already' };
    try {
      assertSettings(space);
      assertPlace(space.kind, parent?.kind, []);
      if (space.counting_since !== undefined)
        assertCountingSince(space.counting_since, undefined, this.clock.now());
    } catch (error) {
      if (error instanceof Problem) return { line, error: error.detail };
      throw error;
    }
    names.add(space);
    return { space, outcome: { line, changed_texts: countChanged(row.values, ['name']) } };
  }
}
