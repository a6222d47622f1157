import { Module } from '@nestjs/common';
import { SpacesModule } from '../spaces/spaces.module.js';
import { OccupancyDataMigration } from './occupancy-service/data-migration/data-migration.js';
import { LegacySpaceRepository } from './occupancy-service/data-migration/space.repository.js';

/** Brings the data of older services over; needed whether or not their routes are on. */
@Module({
  imports: [SpacesModule],
  providers: [OccupancyDataMigration, LegacySpaceRepository],
})
export class DataMigrationsModule {}
