import { Injectable } from '@nestjs/common';
import { csvLines } from '../../platform/bulk/csv.lines.js';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { notFound } from '../../platform/errors/problem.js';
import { MINUTE, toIso, toMicros } from '../counting/instant.js';
import { type ExportedSpace, HistoryRepository } from './history.repository.js';
import { OccupancyHistory } from './occupancy.history.js';
import type { Fill, OccupancyItem } from './occupancy.schemas.js';
import { type Step, STEPS } from './time.steps.js';

const PAGE = 100;
/** Read at a time. */
const PART = 5_000;

const COLUMNS = ['space_id', 'space', 'from', 'to', 'mean', 'max', 'min', 'last', 'in', 'out'] as const;

type Row = Record<(typeof COLUMNS)[number], string | number | null>;

const cells = (row: Row): (string | number | null)[] => COLUMNS.map((column) => row[column]);

export interface OccupancyExportOptions {
  format: 'csv' | 'ndjson';
  step: Step;
  fill: Fill;
  /** Only this space. */
  space?: string;
  /** ISO 8601; since each space counts, and now, without them. */
  from?: string;
  to?: string;
}

/** How full spaces were, step by step, as a file: in the order of their ids, and of time. */
@Injectable()
export class OccupancyExport {
  constructor(
    private readonly history: OccupancyHistory,
    private readonly spaces: HistoryRepository,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Hands the file over piece by piece and waits for each to be taken, so that memory does not grow with it.
   * @returns how many steps it wrote.
   * @throws Problem 404 when the one space is not there.
   */
  async write(
    options: OccupancyExportOptions,
    sink: (text: string) => Promise<void>,
    onProgress: (done: number, total: number) => void = () => undefined,
  ): Promise<number> {
    const total = await this.spaces.count(this.database);
    if (options.format === 'csv') await sink(csvLines([COLUMNS]));
    let steps = 0;
    let done = 0;
    for await (const space of this.chosen(options.space)) {
      for await (const items of this.parts(space, options)) {
        const rows = items.map((item): Row => ({ space_id: space.id, space: space.name, ...item }));
        await sink(
          options.format === 'csv'
            ? csvLines(rows.map(cells))
            : rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
        );
        steps += rows.length;
      }
      done += 1;
      onProgress(done, options.space === undefined ? total : 1);
    }
    return steps;
  }

  private async *chosen(id: string | undefined): AsyncGenerator<ExportedSpace> {
    if (id !== undefined) {
      const space = await this.spaces.exported(this.database, id);
      if (space === undefined) throw notFound('space', id);
      yield space;
      return;
    }
    for (let last: string | undefined; ;) {
      const page = await this.spaces.exportedBehind(this.database, last, PAGE);
      yield* page;
      last = page.at(-1)?.id;
      if (page.length < PAGE) return;
    }
  }

  private async *parts(
    space: ExportedSpace,
    { step, fill, from, to }: OccupancyExportOptions,
  ): AsyncGenerator<OccupancyItem[]> {
    const end = to === undefined ? this.clock.now() * 1_000 : toMicros(to);
    let begin = from === undefined ? space.counting_since : toMicros(from);
    while (begin < end) {
      const until = Math.min(end, begin + PART * STEPS[step] * MINUTE);
      const { items } = await this.history.series(space.id, {
        step,
        fill,
        from: toIso(begin),
        to: toIso(until),
      });
      yield items;
      begin = toMicros((items.at(-1) as OccupancyItem).to);
    }
  }
}
