import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../../access/access.decorators.js';
import { Returns } from '../../platform/openapi/returns.decorator.js';
import { spaceId } from '../tree/space.schemas.js';
import { Drift } from './drift.js';
import { driftQuery, type DriftQuery, driftSchema } from './drift.schemas.js';
import { OccupancyHistory } from './occupancy.history.js';
import { occupancyQuery, type OccupancyQuery, occupancySeries } from './occupancy.schemas.js';
import { Peaks } from './peaks.js';
import { peaksQuery, type PeaksQuery, peaksSchema } from './peaks.schemas.js';
import { Context, type RequestContext } from '../../access/context.js';

@ApiTags('spaces')
@Controller('spaces')
export class HistoryController {
  constructor(
    private readonly occupancy: OccupancyHistory,
    private readonly peaks: Peaks,
    private readonly drifts: Drift,
  ) {}

  @Get(':id/occupancy')
  @RequirePermission('space:read')
  @ApiOperation({
    summary: 'Read how full a space was, step by step',
    description:
      'What its parts counted is in its numbers; who went from one part to another neither came nor left.',
  })
  @Returns(200, occupancySeries, 'The steps, and what they come to.')
  series(
    @Context() { principal }: RequestContext,
    @Param('id', { schema: spaceId }) id: string,
    @Query({ schema: occupancyQuery }) query: OccupancyQuery,
  ) {
    return this.occupancy.series(principal, id, query);
  }

  @Get(':id/peaks')
  @RequirePermission('space:read')
  @ApiOperation({ summary: 'Read when a space is full: by the hours of the week, and its busiest days' })
  @Returns(200, peaksSchema, 'The hours of the week and the busiest days.')
  readPeaks(
    @Context() { principal }: RequestContext,
    @Param('id', { schema: spaceId }) id: string,
    @Query({ schema: peaksQuery }) query: PeaksQuery,
  ) {
    return this.peaks.read(principal, id, query);
  }

  @Get(':id/drift')
  @RequirePermission('space:read')
  @ApiOperation({
    summary: 'Read by how much in and out differ, each day and at each door',
    description:
      'A door that is off by much counts badly. A door that joins two parts of the space takes nobody in or out, and is not listed.',
  })
  @Returns(200, driftSchema, 'The days, with their doors.')
  readDrift(
    @Context() { principal }: RequestContext,
    @Param('id', { schema: spaceId }) id: string,
    @Query({ schema: driftQuery }) query: DriftQuery,
  ) {
    return this.drifts.read(principal, id, query);
  }
}
