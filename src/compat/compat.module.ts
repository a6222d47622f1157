import { Module } from '@nestjs/common';
import { TicketServerModule } from './ticket-server/ticket-server.module.js';

/** The APIs of the older services; imported only while COMPAT is on. */
@Module({ imports: [TicketServerModule] })
export class CompatModule {}
