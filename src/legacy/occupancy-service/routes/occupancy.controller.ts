import { Controller, Get, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../../../access/access.decorators.js';
import type { RequestContext } from '../../../access/context.js';
import { OccupancyService } from './occupancy.service.js';
import { Legacy, LegacyContext } from './legacy.decorators.js';
import { legacyCurrent, legacyMaximum, legacyName, legacySpaceId } from './parameters.js';
import { OrVisitor } from './visitor.guard.js';

@ApiTags('compatibility: occupancy service')
@Controller('space')
export class OccupancyController {
  constructor(private readonly spaces: OccupancyService) {}

  @Put('new/occupancy/current/:current/max/:max')
  @RequirePermission('space:create')
  @OrVisitor('make a space')
  @Legacy('Make a space')
  create(
    @LegacyContext() context: RequestContext,
    @Param('current', { schema: legacyCurrent }) current: number,
    @Param('max', { schema: legacyMaximum }) maximum: number,
  ) {
    return this.spaces.create(context, { current, maximum, name: null });
  }

  @Put('new/occupancy/current/:current/max/:max/name/:name')
  @RequirePermission('space:create')
  @OrVisitor('make a space')
  @Legacy('Make a space with a name')
  createNamed(
    @LegacyContext() context: RequestContext,
    @Param('current', { schema: legacyCurrent }) current: number,
    @Param('max', { schema: legacyMaximum }) maximum: number,
    @Param('name', { schema: legacyName }) name: string,
  ) {
    return this.spaces.create(context, { current, maximum, name });
  }

  @Get(':id')
  @RequirePermission('space:read')
  @OrVisitor('use a public space')
  @Legacy('Read a space')
  read(@LegacyContext() { principal }: RequestContext, @Param('id', { schema: legacySpaceId }) id: string) {
    return this.spaces.read(principal, id);
  }

  @Put(':id/increment')
  @RequirePermission('space:count', { shows: 'space:read' })
  @OrVisitor('use a public space')
  @Legacy('Let one in, unless it is full')
  increment(@LegacyContext() context: RequestContext, @Param('id', { schema: legacySpaceId }) id: string) {
    return this.spaces.step(context, id, 1);
  }

  @Put(':id/decrement')
  @RequirePermission('space:count', { shows: 'space:read' })
  @OrVisitor('use a public space')
  @Legacy('Let one out, unless nobody is inside')
  decrement(@LegacyContext() context: RequestContext, @Param('id', { schema: legacySpaceId }) id: string) {
    return this.spaces.step(context, id, -1);
  }

  @Put(':id/max/:max')
  @RequirePermission('space:update', { shows: 'space:read' })
  @OrVisitor('use a public space')
  @Legacy('Change the maximum')
  setMaximum(
    @LegacyContext() context: RequestContext,
    @Param('id', { schema: legacySpaceId }) id: string,
    @Param('max', { schema: legacyMaximum }) maximum: number,
  ) {
    return this.spaces.setMaximum(context, id, maximum);
  }
}
