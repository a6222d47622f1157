import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';

export const OR_DEVICE = 'frontdesk:or-device';

/** Name of the devices' security scheme in the OpenAPI document. */
export const DEVICE_SCHEME = 'device';

/** Beside RequirePermission: also open to a device with its own secret, for its own doors. */
export const OrDevice = (): MethodDecorator =>
  applyDecorators(SetMetadata(OR_DEVICE, true), ApiSecurity(DEVICE_SCHEME));
