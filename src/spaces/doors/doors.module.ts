import { Module } from '@nestjs/common';
import { TreeModule } from '../tree/tree.module.js';
import { DoorRepository } from './door.repository.js';
import { DoorService } from './door.service.js';
import { DoorsController } from './doors.controller.js';
import { DoorsOfDeletedSpaces } from './doors-of-deleted-spaces.js';

/** Doors, which join two spaces. */
@Module({
  imports: [TreeModule],
  controllers: [DoorsController],
  providers: [DoorRepository, DoorService, DoorsOfDeletedSpaces],
  exports: [DoorRepository],
})
export class DoorsModule {}
