import type { DataSource } from 'typeorm';
import { Clock } from '../../src/platform/clock.js';
import { Database } from '../../src/platform/database/database.js';
import { JobHandlers } from '../../src/platform/jobs/job.handlers.js';
import type { Micros } from '../../src/spaces/counting/instant.js';
import { Drift } from '../../src/spaces/history/drift.js';
import { HistoryReader } from '../../src/spaces/history/history.reader.js';
import { HistoryRepository } from '../../src/spaces/history/history.repository.js';
import { OccupancyHistory } from '../../src/spaces/history/occupancy.history.js';
import { Peaks } from '../../src/spaces/history/peaks.js';
import { RetentionRepository } from '../../src/spaces/history/retention.repository.js';
import { Retention } from '../../src/spaces/history/retention.js';
import { RollUpRepository } from '../../src/spaces/history/rollup.repository.js';
import { RollUps } from '../../src/spaces/history/rollups.js';
import { cloneDatabase } from './database.js';
import { openDataSource } from './data-source.js';

/** A time that stands still where the test puts it. */
export class HeldClock extends Clock {
  constructor(public micros: Micros) {
    super();
  }

  now(): number {
    return this.micros / 1_000;
  }
}

/** The history of spaces on a database of its own, without HTTP and with a clock that is held. */
export interface HistoryBench {
  ownerUrl: string;
  database: Database;
  repository: RollUpRepository;
  rollUps: RollUps;
  occupancy: OccupancyHistory;
  peaks: Peaks;
  drift: Drift;
  retention: Retention;
  clock: HeldClock;
  close(): Promise<void>;
}

export async function openHistory(now: Micros): Promise<HistoryBench> {
  const db = await cloneDatabase();
  const dataSource: DataSource = await openDataSource(db.appUrl);
  const database = new Database(dataSource);
  const repository = new RollUpRepository(database);
  const clock = new HeldClock(now);
  const jobs = new JobHandlers();
  const history = new HistoryRepository();
  const reader = new HistoryReader(history, repository, database, clock);
  return {
    ownerUrl: db.ownerUrl,
    database,
    repository,
    rollUps: new RollUps(repository, database, jobs),
    occupancy: new OccupancyHistory(reader),
    peaks: new Peaks(reader),
    drift: new Drift(reader, history, repository),
    retention: new Retention(new RetentionRepository(database), repository, database, jobs),
    clock,
    close: async () => {
      database.onModuleDestroy();
      await dataSource.destroy();
      await db.drop();
    },
  };
}
