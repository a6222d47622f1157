import { Module } from '@nestjs/common';
import { DeviceLastSeen } from './device.last-seen.js';
import { DeviceRepository } from './device.repository.js';
import { DeviceService } from './device.service.js';
import { DevicesController } from './devices.controller.js';

/** Sensors at doors, and their secrets. The guard that lets them in is registered by the application. */
@Module({
  controllers: [DevicesController],
  providers: [DeviceRepository, DeviceService, DeviceLastSeen],
  exports: [DeviceRepository, DeviceLastSeen],
})
export class DevicesModule {}
