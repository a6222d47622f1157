import { Module } from '@nestjs/common';
import { DevicesModule } from '../devices/devices.module.js';
import { TreeModule } from '../tree/tree.module.js';
import { CountAdjustments } from './adjustments.js';
import { CountHooks } from './count.hooks.js';
import { CountingBatcher } from './counting.batcher.js';
import { CountingController } from './counting.controller.js';
import { CountingService } from './counting.service.js';
import { CountingWork } from './counting.work.js';
import { DoorEventsController } from './door-events.controller.js';
import { LedgerRepository } from './ledger.repository.js';
import { SpaceResets } from './resets.js';

/** The ledger of who came and went, and how many are inside now. */
@Module({
  imports: [TreeModule, DevicesModule],
  controllers: [CountingController, DoorEventsController],
  providers: [
    CountAdjustments,
    CountHooks,
    CountingBatcher,
    CountingService,
    CountingWork,
    LedgerRepository,
    SpaceResets,
  ],
  exports: [CountHooks, CountingService, CountingWork],
})
export class CountingModule {}
