import { Injectable } from '@nestjs/common';
import { type FileFormat, headOf, linesOf } from '../../platform/bulk/file.format.js';
import { Database } from '../../platform/database/database.js';
import { check } from '../../platform/validation/validation.pipe.js';
import { allPlaces } from '../tree/space.places.js';
import { OccupancyHistory } from './occupancy.history.js';
import { type OccupancyItem, occupancyQuery } from './occupancy.schemas.js';
import { operator } from '../../access/principal.js';

const COLUMNS = [
  'space_id',
  'space',
  'from',
  'to',
  'mean',
  'max',
  'min',
  'last',
  'in',
  'out',
] as const satisfies readonly (keyof ExportedStep)[];

type ExportedStep = OccupancyItem & { space_id: string; space: string };

export interface OccupancyExportOptions {
  format: FileFormat;
  /** Of one space; without it of all. */
  space?: string | undefined;
  /** As the API takes them. */
  from?: string | undefined;
  to?: string | undefined;
  step?: string | undefined;
  fill?: string | undefined;
}

/** How full spaces were, as a file: space by space, step by step. */
@Injectable()
export class OccupancyExport {
  constructor(
    private readonly history: OccupancyHistory,
    private readonly database: Database,
  ) {}

  /**
   * Hands the file over space by space and waits for each to be taken.
   * @returns how many steps it wrote.
   * @throws Problem 404 for a space that is not there, 422 for what the API would not take either.
   */
  async write(
    { format, space, ...query }: OccupancyExportOptions,
    sink: (text: string) => Promise<void>,
    onProgress: (done: number, total: number) => void = () => undefined,
  ): Promise<number> {
    const asked = check(
      occupancyQuery,
      Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)),
      { part: 'query', name: '' },
    );
    const places = (await allPlaces(this.database)).filter(
      ({ id }) => space === undefined || id === space.toLowerCase(),
    );
    // Throws the 404.
    if (space !== undefined && places.length === 0) await this.history.series(operator, space, asked);
    await sink(headOf(format, COLUMNS));
    let count = 0;
    for (const [index, { id, names }] of places.entries()) {
      const { items } = await this.history.series(operator, id, asked);
      await sink(
        linesOf<ExportedStep>(
          format,
          COLUMNS,
          items.map((item) => ({ space_id: id, space: names, ...item })),
        ),
      );
      count += items.length;
      onProgress(index + 1, places.length);
    }
    return count;
  }
}
