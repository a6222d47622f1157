import { Module } from '@nestjs/common';
import { EmployeesModule } from '../employees/employees.module.js';
import { UsersModule } from '../users/users.module.js';
import { TicketBulkRepository } from './ticket.bulk.repository.js';
import { TicketExport } from './ticket.export.js';
import { TicketImport } from './ticket.import.js';
import { TicketRepository } from './ticket.repository.js';
import { TicketService } from './ticket.service.js';
import { TicketsController } from './tickets.controller.js';

@Module({
  imports: [UsersModule, EmployeesModule],
  controllers: [TicketsController],
  providers: [TicketRepository, TicketService, TicketBulkRepository, TicketImport, TicketExport],
  exports: [TicketService, TicketImport, TicketExport],
})
export class TicketsModule {}
