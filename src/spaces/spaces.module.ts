import { Module } from '@nestjs/common';
import { DoorRepository } from './doors/door.repository.js';
import { DoorService } from './doors/door.service.js';
import { DoorsController } from './doors/doors.controller.js';
import { SpaceMoves } from './tree/space.moves.js';
import { SpaceRepository } from './tree/space.repository.js';
import { SpaceService } from './tree/space.service.js';
import { SpacesController } from './tree/spaces.controller.js';

/** Places in which people are counted, and how many are there. */
@Module({
  controllers: [SpacesController, DoorsController],
  providers: [SpaceRepository, SpaceService, SpaceMoves, DoorRepository, DoorService],
  exports: [SpaceService],
})
export class SpacesModule {}
