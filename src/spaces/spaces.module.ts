import { Module } from '@nestjs/common';
import { CountAdjustments } from './counting/adjustments.js';
import { CountHooks } from './counting/count.hooks.js';
import { CountingController } from './counting/counting.controller.js';
import { CountingLane } from './counting/counting.lane.js';
import { CountingService } from './counting/counting.service.js';
import { CountingWork } from './counting/counting.work.js';
import { DoorEventsController } from './counting/door-events.controller.js';
import { LedgerRepository } from './counting/ledger.repository.js';
import { SpaceResets } from './counting/resets.js';
import { DeviceRepository } from './devices/device.repository.js';
import { DeviceService } from './devices/device.service.js';
import { DeviceSightings } from './devices/device.sightings.js';
import { DevicesController } from './devices/devices.controller.js';
import { DisplayTokenRepository } from './displays/display-token.repository.js';
import { DisplayTokenService } from './displays/display-token.service.js';
import { DisplayTokensController } from './displays/display-tokens.controller.js';
import { DoorRepository } from './doors/door.repository.js';
import { DoorService } from './doors/door.service.js';
import { DoorsController } from './doors/doors.controller.js';
import { SpaceMoves } from './tree/space.moves.js';
import { SpaceRepository } from './tree/space.repository.js';
import { SpaceService } from './tree/space.service.js';
import { SpacesController } from './tree/spaces.controller.js';

const tree = [SpaceRepository, SpaceService, SpaceMoves, DoorRepository, DoorService];
const devices = [
  DeviceRepository,
  DeviceService,
  DeviceSightings,
  DisplayTokenRepository,
  DisplayTokenService,
];
const counting = [
  CountAdjustments,
  CountHooks,
  CountingLane,
  CountingService,
  CountingWork,
  LedgerRepository,
  SpaceResets,
];

/** Places in which people are counted, and how many are there. */
@Module({
  controllers: [
    SpacesController,
    CountingController,
    DoorsController,
    DoorEventsController,
    DevicesController,
    DisplayTokensController,
  ],
  providers: [...tree, ...devices, ...counting],
  exports: [SpaceService, CountingService, CountHooks, DeviceRepository],
})
export class SpacesModule {}
