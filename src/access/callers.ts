import type { FastifyRequest } from 'fastify';
import type { Actor } from './actor.js';

/** Who calls, where a request is looked at before any route; implemented by the authentication. */
export abstract class Callers {
  /** Reads the state of the caller now. @returns undefined for nobody, and for a token that is no good. */
  abstract of(request: FastifyRequest): Promise<Actor | undefined>;
}
