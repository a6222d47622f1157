import type { FastifyInstance } from 'fastify';
import { registerDialect } from '../../../platform/errors/dialect.js';
import { ticketServerDialect } from './dialect.js';
import { addToMe } from './me.addition.js';
import { meDialect } from './me.dialect.js';

/** What the ticket server's clients need beside routes: call it before routes are made. */
export function speakTicketServer(fastify: FastifyInstance): void {
  registerDialect(fastify, ticketServerDialect(fastify));
  registerDialect(fastify, meDialect);
  addToMe(fastify);
}
