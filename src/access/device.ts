import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';

/** A device that calls, as the database knew it when the request was let in. */
export interface CallingDevice {
  id: string;
  /** The doors it may post for. */
  door_ids: readonly string[];
  last_seen_at: string | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set instead of `user`, and on routes with OrDevice only. */
    device?: CallingDevice;
  }
}

export const OR_DEVICE = 'frontdesk:or-device';

/** Name of the devices' security scheme in the OpenAPI document. */
export const DEVICE_SCHEME = 'device';

/** Beside RequirePermission: also open to a device with its own secret. What a device may do there the service decides. */
export const OrDevice = (): MethodDecorator =>
  applyDecorators(SetMetadata(OR_DEVICE, true), ApiSecurity(DEVICE_SCHEME));
