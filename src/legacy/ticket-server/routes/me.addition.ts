import type { FastifyInstance, preSerializationHookHandler } from 'fastify';
import type { User } from '../../../users/user.entity.js';
import { stampsOf } from './stamp.js';
import { legacyRole } from './user.shape.js';

const addLegacyFields: preSerializationHookHandler = (_request, _reply, payload, done) => {
  const user = payload as User;
  done(null, { ...user, role: legacyRole(user.roles), ...stampsOf(user) });
};

/** `GET /me` is one path for old and new clients: what the old ones read is added to ours. */
export function addToMe(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (route.url === '/api/v1/me' && route.method === 'GET') route.preSerialization = addLegacyFields;
  });
}
