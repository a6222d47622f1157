import { Module } from '@nestjs/common';
import { OccupancyDataMigration } from './occupancy-service/data-migration/data-migration.js';
import { LegacySpaceRepository } from './occupancy-service/data-migration/space.repository.js';

/** Brings the data of older services over; needed whether or not their routes are on. */
@Module({
  providers: [OccupancyDataMigration, LegacySpaceRepository],
})
export class DataMigrationsModule {}
