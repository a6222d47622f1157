import { Injectable } from '@nestjs/common';
import type { DevicePrincipal } from '../../access/principal.js';
import { Clock } from '../../platform/clock.js';
import { DeviceRepository } from './device.repository.js';

/** `last_seen_at` is written at most once in this time. */
const MIN_INTERVAL_SECONDS = 10;

const MOST_SKEW_SECONDS = 2_147_483_647;

/** When devices were last seen, and how their clocks go. */
@Injectable()
export class DeviceLastSeen {
  constructor(
    private readonly devices: DeviceRepository,
    private readonly clock: Clock,
  ) {}

  /**
   * Call it for each request that a device was let in with.
   * @param skew seconds by which its clock is ahead of ours, where the request has a Date header; negative: behind.
   */
  async seen(device: DevicePrincipal, { skew }: { skew?: number | undefined } = {}): Promise<void> {
    const last = device.last_seen_at === null ? -Infinity : Date.parse(device.last_seen_at);
    if (this.clock.now() - last < MIN_INTERVAL_SECONDS * 1_000) return;
    const bounded =
      skew === undefined ? null : Math.round(Math.max(-MOST_SKEW_SECONDS, Math.min(MOST_SKEW_SECONDS, skew)));
    await this.devices.markSeen(device.id, MIN_INTERVAL_SECONDS, bounded);
  }
}
