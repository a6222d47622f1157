import { Module } from '@nestjs/common';
import { Drift } from './drift.js';
import { HistoryController } from './history.controller.js';
import { HistoryReader } from './history.reader.js';
import { HistoryRepository } from './history.repository.js';
import { OccupancyExport } from './occupancy.export.js';
import { OccupancyHistory } from './occupancy.history.js';
import { Peaks } from './peaks.js';
import { Retention } from './retention.js';
import { RetentionRepository } from './retention.repository.js';
import { RollUpRepository } from './rollup.repository.js';
import { RollUps } from './rollups.js';

/** How full spaces were: roll-ups of the ledger, what is read from them, and retention. */
@Module({
  controllers: [HistoryController],
  providers: [
    RollUpRepository,
    RollUps,
    HistoryRepository,
    HistoryReader,
    OccupancyHistory,
    OccupancyExport,
    Peaks,
    Drift,
    RetentionRepository,
    Retention,
  ],
  exports: [OccupancyHistory],
})
export class HistoryModule {}
