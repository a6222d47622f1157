import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../access/context.js';
import { Writer } from '../../access/writer.js';
import { type AuditEntry, changedFields, sourceOf, writeAudit } from '../../access/audit/audit.js';
import type { Tx } from '../../platform/database/database.js';
import { conflict, notFound } from '../../platform/errors/problem.js';
import { assertMatches } from '../../platform/http/representation.js';
import { newUuid } from '../../platform/new-uuid.js';
import type { Page } from '../../platform/pagination/page.js';
import { DeviceRepository, type DeviceView } from './device.repository.js';
import type { DevicePatch, DeviceQuery, DeviceRotation, NewDevice } from './device.schemas.js';
import { hashOf, newDeviceToken } from './device.secret.js';
import { type Principal, system } from '../../access/principal.js';

/** A device with the secret that nobody sees again. */
export type DeviceWithSecret = DeviceView & { secret: string | null };

const withoutSecret = (device: DeviceWithSecret): DeviceWithSecret => ({ ...device, secret: null });

@Injectable()
export class DeviceService {
  constructor(
    private readonly devices: DeviceRepository,
    private readonly writer: Writer,
  ) {}

  list(principal: Principal, query: DeviceQuery): Promise<Page<DeviceView>> {
    return this.devices.page(principal, query);
  }

  async read(principal: Principal, id: string): Promise<DeviceView> {
    const device = await this.devices.find(principal, id);
    if (device === undefined) throw notFound('device', id);
    return device;
  }

  create(context: RequestContext, input: NewDevice): Promise<DeviceWithSecret> {
    const device = { ...input, id: input.id ?? newUuid() };
    return this.writer.run(
      context,
      async (tx, now) => {
        await this.devices.insert(tx, device);
        const secret = await this.giveSecret(tx, device.id, 0);
        audit(tx, now, device.id, { action: 'device.create', after: device });
        return { ...((await this.devices.find(system, device.id, tx)) as DeviceView), secret };
      },
      { kept: withoutSecret },
    );
  }

  patch(context: RequestContext, id: string, patch: DevicePatch): Promise<DeviceView> {
    return this.writer.run(context, async (tx, now) => {
      const device = await this.lockForChange(tx, now, id);
      const { before, after } = changedFields<DeviceView>(device, patch);
      if (Object.keys(after).length === 0) return device;
      const { door_ids, ...columns } = after;
      if (door_ids !== undefined) await this.devices.setDoors(tx, id, door_ids);
      const changed = await this.devices.update(tx, id, columns);
      audit(tx, now, id, { action: 'device.update', before, after });
      return changed;
    });
  }

  /** Gives the device a new secret. The one before stays valid for the overlap, all others end. */
  rotate(
    context: RequestContext,
    id: string,
    { overlap_minutes }: DeviceRotation,
  ): Promise<DeviceWithSecret> {
    return this.writer.run(
      context,
      async (tx, now) => {
        const device = await this.lockForChange(tx, now, id);
        if (device.state === 'revoked')
          throw conflict('device_revoked', 'This device was revoked, for good. Make a new one.');
        const secret = await this.giveSecret(tx, id, overlap_minutes);
        const changed = await this.devices.update(tx, id, {});
        audit(tx, now, id, { action: 'device.rotate', after: { overlap_minutes } });
        return { ...changed, secret };
      },
      { kept: withoutSecret },
    );
  }

  revoke(context: RequestContext, id: string): Promise<DeviceView> {
    return this.writer.run(context, async (tx, now) => {
      const device = await this.lockForChange(tx, now, id);
      if (device.state === 'revoked') return device;
      const revoked = await this.devices.revoke(tx, id);
      audit(tx, now, id, { action: 'device.revoke', after: { revoked_at: revoked.revoked_at } });
      return revoked;
    });
  }

  remove(context: RequestContext, id: string): Promise<void> {
    return this.writer.run(context, async (tx, now) => {
      const { version: _, ...before } = await this.lockForChange(tx, now, id);
      await this.devices.remove(tx, id);
      audit(tx, now, id, { action: 'device.delete', before });
    });
  }

  private async giveSecret(tx: Tx, id: string, overlapMinutes: number): Promise<string> {
    const secret = newDeviceToken(id);
    await this.devices.replaceSecret(tx, id, hashOf(secret), overlapMinutes);
    return secret;
  }

  private async lockForChange(tx: Tx, context: RequestContext, id: string): Promise<DeviceView> {
    const device = await this.devices.findForChange(tx, context.principal, id);
    if (device === undefined) throw notFound('device', id);
    assertMatches(context.if_match, device.version);
    return device;
  }
}

const audit = (
  tx: Tx,
  context: RequestContext,
  id: string,
  entry: Pick<AuditEntry, 'action' | 'before' | 'after'>,
): void => writeAudit(tx, sourceOf(context), { ...entry, subject_type: 'device', subject_id: id });
