import { Module } from '@nestjs/common';
import { EmployeesModule } from '../employees/employees.module.js';
import { TicketsModule } from '../tickets/tickets.module.js';
import { UsersModule } from '../users/users.module.js';
import { OccupancyDataMigration } from './occupancy-service/data-migration/data-migration.js';
import { LegacySpaceRepository } from './occupancy-service/data-migration/space.repository.js';
import { TicketServerMigration } from './ticket-server/data-migration/data-migration.js';

/** Brings the data of legacy services over; needed whether or not their routes are on. */
@Module({
  imports: [UsersModule, EmployeesModule, TicketsModule],
  providers: [OccupancyDataMigration, LegacySpaceRepository, TicketServerMigration],
})
export class DataMigrationsModule {}
