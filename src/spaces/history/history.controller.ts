import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../../platform/access/access.decorators.js';
import { Returns } from '../../platform/http/returns.decorator.js';
import { spaceId } from '../tree/space.schemas.js';
import { OccupancyHistory } from './occupancy.history.js';
import { occupancyQuery, type OccupancyQuery, occupancySeries } from './occupancy.schemas.js';

@ApiTags('spaces')
@Controller('spaces')
export class HistoryController {
  constructor(private readonly occupancy: OccupancyHistory) {}

  @Get(':id/occupancy')
  @RequirePermission('space:read')
  @ApiOperation({
    summary: 'Read how full a space was, step by step',
    description:
      'What its parts counted is in its numbers; who went from one part to another neither came nor left.',
  })
  @Returns(200, occupancySeries, 'The steps, and what they come to.')
  series(
    @Param('id', { schema: spaceId }) id: string,
    @Query({ schema: occupancyQuery }) query: OccupancyQuery,
  ) {
    return this.occupancy.series(id, query);
  }
}
