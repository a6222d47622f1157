import { Module } from '@nestjs/common';
import { CountHooks } from './counting/count.hooks.js';
import { CountingController } from './counting/counting.controller.js';
import { CountingLane } from './counting/counting.lane.js';
import { CountingService } from './counting/counting.service.js';
import { CountingWork } from './counting/counting.work.js';
import { LedgerRepository } from './counting/ledger.repository.js';
import { SpaceResets } from './counting/resets.js';
import { HistoryController } from './history/history.controller.js';
import { HistoryReader } from './history/history.reader.js';
import { HistoryRepository } from './history/history.repository.js';
import { OccupancyHistory } from './history/occupancy.history.js';
import { RollUpRepository } from './history/rollup.repository.js';
import { RollUps } from './history/rollups.js';

@Module({
  controllers: [CountingController, HistoryController],
  providers: [
    CountHooks,
    CountingLane,
    CountingService,
    CountingWork,
    LedgerRepository,
    SpaceResets,
    RollUpRepository,
    RollUps,
    HistoryRepository,
    HistoryReader,
    OccupancyHistory,
  ],
  exports: [CountingService, CountHooks],
})
export class SpacesModule {}
