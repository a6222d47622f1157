import { Module } from '@nestjs/common';
import { EmployeesModule } from '../employees/employees.module.js';
import { SpacesModule } from '../spaces/spaces.module.js';
import { UsersModule } from '../users/users.module.js';
import { TicketsOfDeletedSpaces } from './tickets-of-deleted-spaces.js';
import { SpaceTickets } from './space.tickets.js';
import { TicketExport } from './ticket.export.js';
import { TicketImport } from './ticket.import.js';
import { TicketRepository } from './ticket.repository.js';
import { TicketService } from './ticket.service.js';
import { TicketSeedData } from './ticket.seed-data.js';
import { TicketWrites } from './ticket.writes.js';
import { TicketsController } from './tickets.controller.js';

@Module({
  imports: [UsersModule, EmployeesModule, SpacesModule],
  controllers: [TicketsController],
  providers: [
    TicketsOfDeletedSpaces,
    SpaceTickets,
    TicketRepository,
    TicketService,
    TicketWrites,
    TicketImport,
    TicketExport,
    TicketSeedData,
  ],
  exports: [TicketService, TicketWrites, TicketImport, TicketExport, TicketSeedData],
})
export class TicketsModule {}
