import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../../access/access.decorators.js';
import { Context, type RequestContext } from '../../access/context.js';
import { Refuses } from '../../platform/openapi/refuses.decorator.js';
import { Returns, ReturnsNothing } from '../../platform/openapi/returns.decorator.js';
import {
  deviceId,
  devicePage,
  type DevicePatch,
  devicePatchSchema,
  deviceQuery,
  type DeviceQuery,
  type DeviceRotation,
  deviceSchema,
  deviceWithSecretSchema,
  type NewDevice,
  newDeviceSchema,
  rotationSchema,
} from './device.schemas.js';
import { DeviceService } from './device.service.js';

@ApiTags('doors and devices')
@Controller('devices')
export class DevicesController {
  constructor(private readonly devices: DeviceService) {}

  @Post()
  @RequirePermission('device:manage')
  @ApiOperation({
    summary: 'Create a device',
    description:
      'Its secret is shown in this answer and never again. It can post for its doors and do nothing else.',
  })
  @Returns(201, deviceWithSecretSchema, 'The new device and its secret.')
  @Refuses({ 409: ['id_taken'] })
  create(@Context() context: RequestContext, @Body({ schema: newDeviceSchema }) input: NewDevice) {
    return this.devices.create(context, input);
  }

  @Get()
  @RequirePermission('device:read')
  @ApiOperation({ summary: 'List devices' })
  @Returns(200, devicePage, 'A page of devices.')
  list(@Context() { principal }: RequestContext, @Query({ schema: deviceQuery }) query: DeviceQuery) {
    return this.devices.list(principal, query);
  }

  @Get(':id')
  @RequirePermission('device:read')
  @ApiOperation({ summary: 'Read a device' })
  @Returns(200, deviceSchema, 'The device.')
  read(@Context() { principal }: RequestContext, @Param('id', { schema: deviceId }) id: string) {
    return this.devices.read(principal, id);
  }

  @Patch(':id')
  @RequirePermission('device:manage')
  @ApiOperation({
    summary: 'Change a device',
    description: 'JSON Merge Patch. `door_ids` replaces the whole list.',
  })
  @Returns(200, deviceSchema, 'The device as changed.')
  patch(
    @Context() context: RequestContext,
    @Param('id', { schema: deviceId }) id: string,
    @Body({ schema: devicePatchSchema }) patch: DevicePatch,
  ) {
    return this.devices.patch(context, id, patch);
  }

  @Delete(':id')
  @RequirePermission('device:manage')
  @ApiOperation({ summary: 'Delete a device', description: 'What it counted stays counted.' })
  @ReturnsNothing('The device is gone; the audit keeps what it was.')
  remove(@Context() context: RequestContext, @Param('id', { schema: deviceId }) id: string) {
    return this.devices.remove(context, id);
  }

  @Post(':id/rotate')
  @RequirePermission('device:manage')
  @ApiOperation({
    summary: 'Give a device a new secret',
    description:
      'The old one works on for `overlap_minutes`, so that the device can be changed over; at most two work.',
  })
  @Returns(200, deviceWithSecretSchema, 'The device and its new secret.')
  @Refuses({ 409: ['device_revoked'] })
  rotate(
    @Context() context: RequestContext,
    @Param('id', { schema: deviceId }) id: string,
    @Body({ schema: rotationSchema }) rotation: DeviceRotation,
  ) {
    return this.devices.rotate(context, id, rotation);
  }

  @Post(':id/revoke')
  @RequirePermission('device:manage')
  @ApiOperation({
    summary: 'Revoke a device',
    description: 'All its secrets end at once, for good; the device stays in the list.',
  })
  @Returns(200, deviceSchema, 'The device as revoked.')
  revoke(@Context() context: RequestContext, @Param('id', { schema: deviceId }) id: string) {
    return this.devices.revoke(context, id);
  }
}
