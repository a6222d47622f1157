import { Module } from '@nestjs/common';
import { EmployeesModule } from '../../../employees/employees.module.js';
import { TicketsModule } from '../../../tickets/tickets.module.js';
import { UsersModule } from '../../../users/users.module.js';
import { TicketServerDocumentsController } from './documents.controller.js';
import { TicketServerEmployeeController } from './employee.controller.js';
import { LegacyLists } from './legacy.lists.js';
import { TicketServerTicketController } from './ticket.controller.js';
import { TicketServerUserController } from './user.controller.js';

/** The API of the legacy ticket server, as thin routes onto ours. */
@Module({
  imports: [UsersModule, EmployeesModule, TicketsModule],
  controllers: [
    TicketServerUserController,
    TicketServerEmployeeController,
    TicketServerTicketController,
    TicketServerDocumentsController,
  ],
  providers: [LegacyLists],
})
export class TicketServerModule {}
