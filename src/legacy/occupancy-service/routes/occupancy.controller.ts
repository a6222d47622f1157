import { Controller, Get, Param, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../../../access/access.decorators.js';
import type { RequestContext } from '../../../access/context.js';
import { OccupancyService } from './occupancy.service.js';
import { Older, OlderContext } from './older.decorators.js';
import { olderCurrent, olderMaximum, olderName, olderSpaceId } from './parameters.js';
import { OrVisitor } from './visitor.guard.js';

@ApiTags('compatibility: occupancy service')
@Controller('space')
export class OccupancyController {
  constructor(private readonly spaces: OccupancyService) {}

  @Put('new/occupancy/current/:current/max/:max')
  @RequirePermission('space:create')
  @OrVisitor('make a space')
  @Older('Make a space')
  create(
    @OlderContext() context: RequestContext,
    @Param('current', { schema: olderCurrent }) current: number,
    @Param('max', { schema: olderMaximum }) maximum: number,
  ) {
    return this.spaces.create(context, { current, maximum, name: null });
  }

  @Put('new/occupancy/current/:current/max/:max/name/:name')
  @RequirePermission('space:create')
  @OrVisitor('make a space')
  @Older('Make a space with a name')
  createNamed(
    @OlderContext() context: RequestContext,
    @Param('current', { schema: olderCurrent }) current: number,
    @Param('max', { schema: olderMaximum }) maximum: number,
    @Param('name', { schema: olderName }) name: string,
  ) {
    return this.spaces.create(context, { current, maximum, name });
  }

  @Get(':id')
  @RequirePermission('space:read')
  @OrVisitor('use a public space')
  @Older('Read a space')
  read(@OlderContext() { principal }: RequestContext, @Param('id', { schema: olderSpaceId }) id: string) {
    return this.spaces.read(principal, id);
  }

  @Put(':id/increment')
  @RequirePermission('space:count', { shows: 'space:read' })
  @OrVisitor('use a public space')
  @Older('Let one in, unless it is full')
  increment(@OlderContext() context: RequestContext, @Param('id', { schema: olderSpaceId }) id: string) {
    return this.spaces.step(context, id, 1);
  }

  @Put(':id/decrement')
  @RequirePermission('space:count', { shows: 'space:read' })
  @OrVisitor('use a public space')
  @Older('Let one out, unless nobody is inside')
  decrement(@OlderContext() context: RequestContext, @Param('id', { schema: olderSpaceId }) id: string) {
    return this.spaces.step(context, id, -1);
  }

  @Put(':id/max/:max')
  @RequirePermission('space:update', { shows: 'space:read' })
  @OrVisitor('use a public space')
  @Older('Change the maximum')
  setMaximum(
    @OlderContext() context: RequestContext,
    @Param('id', { schema: olderSpaceId }) id: string,
    @Param('max', { schema: olderMaximum }) maximum: number,
  ) {
    return this.spaces.setMaximum(context, id, maximum);
  }
}
