import { Module } from '@nestjs/common';
import { SpacesModule } from '../../../spaces/spaces.module.js';
import { CreationLimits } from './creation.limits.js';
import { OccupancyController } from './occupancy.controller.js';
import { OccupancyService } from './occupancy.service.js';

/** The API of the legacy occupancy service, as thin routes onto ours. */
@Module({
  imports: [SpacesModule],
  controllers: [OccupancyController],
  providers: [OccupancyService, CreationLimits],
  exports: [CreationLimits],
})
export class OccupancyServiceModule {}
