import { Module } from '@nestjs/common';
import { CountAdjustments } from './counting/adjustments.js';
import { CountHooks } from './counting/count.hooks.js';
import { CountingController } from './counting/counting.controller.js';
import { CountingLane } from './counting/counting.lane.js';
import { CountingService } from './counting/counting.service.js';
import { CountingWork } from './counting/counting.work.js';
import { LedgerRepository } from './counting/ledger.repository.js';
import { SpaceResets } from './counting/resets.js';
import { DoorRepository } from './doors/door.repository.js';
import { DoorService } from './doors/door.service.js';
import { DoorsController } from './doors/doors.controller.js';
import { SpaceMoves } from './tree/space.moves.js';
import { SpaceRepository } from './tree/space.repository.js';
import { SpaceService } from './tree/space.service.js';
import { SpacesController } from './tree/spaces.controller.js';

/** Places in which people are counted, and how many are there. */
@Module({
  controllers: [SpacesController, DoorsController, CountingController],
  providers: [
    SpaceRepository,
    SpaceService,
    SpaceMoves,
    DoorRepository,
    DoorService,
    CountAdjustments,
    CountHooks,
    CountingLane,
    CountingService,
    CountingWork,
    LedgerRepository,
    SpaceResets,
  ],
  exports: [SpaceService, CountingService, CountHooks],
})
export class SpacesModule {}
