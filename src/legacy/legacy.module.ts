import { Module } from '@nestjs/common';
import { OccupancyServiceModule } from './occupancy-service/routes/occupancy-service.module.js';
import { TicketServerModule } from './ticket-server/routes/ticket-server.module.js';

/** The APIs of the legacy services; imported only while COMPAT is on. */
@Module({ imports: [TicketServerModule, OccupancyServiceModule], exports: [OccupancyServiceModule] })
export class LegacyModule {}
