import { Module } from '@nestjs/common';
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

/** Places in which people are counted, and how many are there. */
@Module({
  controllers: [SpacesController, DoorsController, DevicesController, DisplayTokensController],
  providers: [
    SpaceRepository,
    SpaceService,
    SpaceMoves,
    DoorRepository,
    DoorService,
    DeviceRepository,
    DeviceService,
    DeviceSightings,
    DisplayTokenRepository,
    DisplayTokenService,
  ],
  exports: [SpaceService, DeviceRepository],
})
export class SpacesModule {}
