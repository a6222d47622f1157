import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../../access/access.decorators.js';
import { Context, type RequestContext } from '../../access/context.js';
import { Refuses } from '../../platform/openapi/refuses.decorator.js';
import { Returns, ReturnsNothing } from '../../platform/openapi/returns.decorator.js';
import {
  type NewSpace,
  newSpaceSchema,
  removalQuery,
  spaceId,
  spacePage,
  type SpacePatch,
  spacePatchSchema,
  spaceQuery,
  type SpaceQuery,
  spaceSchema,
} from './space.schemas.js';
import { SpaceService } from './space.service.js';

@ApiTags('spaces')
@Controller('spaces')
export class SpacesController {
  constructor(private readonly spaces: SpaceService) {}

  @Post()
  @RequirePermission('space:create')
  @ApiOperation({
    summary: 'Create a space',
    description: 'Its number counts the people in the spaces within it too.',
  })
  @Returns(201, spaceSchema, 'The new space.')
  @Refuses({ 409: ['id_taken'] })
  create(@Context() context: RequestContext, @Body({ schema: newSpaceSchema }) input: NewSpace) {
    return this.spaces.create(context, input);
  }

  @Get()
  @RequirePermission('space:read')
  @ApiOperation({ summary: 'List spaces' })
  @Returns(200, spacePage, 'A page of spaces.')
  list(@Context() { principal }: RequestContext, @Query({ schema: spaceQuery }) query: SpaceQuery) {
    return this.spaces.list(principal, query);
  }

  @Get(':id')
  @RequirePermission('space:read')
  @ApiOperation({ summary: 'Read a space' })
  @Returns(200, spaceSchema, 'The space.')
  read(@Context() { principal }: RequestContext, @Param('id', { schema: spaceId }) id: string) {
    return this.spaces.read(principal, id);
  }

  @Patch(':id')
  @RequirePermission('space:update')
  @ApiOperation({
    summary: 'Change or move a space',
    description:
      'JSON Merge Patch. With another `parent_id` it moves with everything in it, and its people count where it lies then. ' +
      'A capacity below the present number lowers nothing: the space is over its capacity until people leave.',
  })
  @Returns(200, spaceSchema, 'The space as changed.')
  patch(
    @Context() context: RequestContext,
    @Param('id', { schema: spaceId }) id: string,
    @Body({ schema: spacePatchSchema }) patch: SpacePatch,
  ) {
    return this.spaces.patch(context, id, patch);
  }

  @Delete(':id')
  @RequirePermission('space:delete')
  @ApiOperation({
    summary: 'Delete a space',
    description: 'Whoever is inside leaves the spaces around it too.',
  })
  @ReturnsNothing('The space is gone; the audit keeps what it was.')
  @Refuses({ 409: ['has_children'] })
  remove(
    @Context() context: RequestContext,
    @Param('id', { schema: spaceId }) id: string,
    @Query({ schema: removalQuery }) query: { recursive: boolean },
  ) {
    return this.spaces.remove(context, id, query);
  }
}
