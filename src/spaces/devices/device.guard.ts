import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { OR_DEVICE } from '../../access/device.decorator.js';
import type { DevicePrincipal } from '../../access/principal.js';
import { Principals } from '../../access/principals.js';
import { forbidden, unauthenticated } from '../../platform/errors/problem.js';
import { DeviceRepository } from './device.repository.js';
import { deviceIn, isTokenOf } from './device.secret.js';

const CREDENTIALS = /^bearer +(fdd_\S*)$/i;

/**
 * Recognises a device by its token, on the routes that are open to devices. It runs before the guard of users, which takes
 * every other token and so refuses a device's token on all other routes.
 */
@Injectable()
export class DeviceGuard implements CanActivate {
  constructor(
    private readonly devices: DeviceRepository,
    private readonly reflector: Reflector,
    principals: Principals,
  ) {
    principals.register('device', {
      read: (db, known) =>
        devices.principals(
          db,
          known.map(({ id }) => id),
        ),
      gone: () => unauthenticated('This device is unknown or revoked.'),
    });
  }

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    if (this.reflector.get(OR_DEVICE, execution.getHandler()) !== true) return true;
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const token = CREDENTIALS.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) return true;
    request.principal = await this.deviceOf(token);
    return true;
  }

  private async deviceOf(token: string): Promise<DevicePrincipal> {
    const id = deviceIn(token);
    const found = id === undefined ? undefined : await this.devices.findWithHashes(id);
    if (found === undefined || !isTokenOf(token, found.hashes))
      throw unauthenticated('This is not a secret of a device, or it was revoked.');
    return found.device;
  }
}

/** @throws Problem 403, the same whether there is such a door or not. */
export function assertDeviceServesDoor(device: DevicePrincipal, doorId: string): void {
  if (!device.door_ids.includes(doorId))
    throw forbidden(`This device may post for its own doors only, and ${doorId} is none of them.`);
}
