import { Module } from '@nestjs/common';
import { CountHooks } from './counting/count.hooks.js';
import { CountingController } from './counting/counting.controller.js';
import { CountingLane } from './counting/counting.lane.js';
import { CountingService } from './counting/counting.service.js';
import { CountingWork } from './counting/counting.work.js';
import { LedgerRepository } from './counting/ledger.repository.js';
import { SpaceResets } from './counting/resets.js';

@Module({
  controllers: [CountingController],
  providers: [CountHooks, CountingLane, CountingService, CountingWork, LedgerRepository, SpaceResets],
  exports: [CountingService, CountHooks],
})
export class SpacesModule {}
