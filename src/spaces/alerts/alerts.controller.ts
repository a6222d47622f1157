import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../../access/access.decorators.js';
import { Returns } from '../../platform/openapi/returns.decorator.js';
import { spaceId } from '../tree/space.schemas.js';
import { alertPage, alertQuery, type AlertQuery } from './alert.schemas.js';
import { SpaceAlerts } from './space.alerts.js';
import { Context, type RequestContext } from '../../access/context.js';

@ApiTags('spaces')
@Controller('spaces')
export class AlertsController {
  constructor(private readonly alerts: SpaceAlerts) {}

  @Get(':id/alerts')
  @RequirePermission('space:read')
  @ApiOperation({
    summary: 'List when a space became amber or full, newest first',
    description: 'Only what happened within its opening hours.',
  })
  @Returns(200, alertPage, 'A page of alerts.')
  list(
    @Context() { principal }: RequestContext,
    @Param('id', { schema: spaceId }) id: string,
    @Query({ schema: alertQuery }) query: AlertQuery,
  ) {
    return this.alerts.list(principal, id, query);
  }
}
