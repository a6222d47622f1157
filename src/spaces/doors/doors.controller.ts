import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../../access/access.decorators.js';
import { Context, type RequestContext } from '../../access/context.js';
import { Refuses } from '../../platform/openapi/refuses.decorator.js';
import { Returns, ReturnsNothing } from '../../platform/openapi/returns.decorator.js';
import {
  doorId,
  doorPage,
  type DoorPatch,
  doorPatchSchema,
  doorQuery,
  type DoorQuery,
  doorSchema,
  type NewDoor,
  newDoorSchema,
} from './door.schemas.js';
import { DoorService } from './door.service.js';

@ApiTags('doors and devices')
@Controller('doors')
export class DoorsController {
  constructor(private readonly doors: DoorService) {}

  @Post()
  @RequirePermission('door:manage')
  @ApiOperation({
    summary: 'Create a door',
    description:
      'It joins two spaces, or one and outside: whoever goes in leaves the one and enters the other. Where it leads never changes.',
  })
  @Returns(201, doorSchema, 'The new door.')
  @Refuses({ 409: ['id_taken'] })
  create(@Context() context: RequestContext, @Body({ schema: newDoorSchema }) input: NewDoor) {
    return this.doors.create(context, input);
  }

  @Get()
  @RequirePermission('space:read')
  @ApiOperation({ summary: 'List doors' })
  @Returns(200, doorPage, 'A page of doors.')
  list(@Context() { principal }: RequestContext, @Query({ schema: doorQuery }) query: DoorQuery) {
    return this.doors.list(principal, query);
  }

  @Get(':id')
  @RequirePermission('space:read')
  @ApiOperation({ summary: 'Read a door' })
  @Returns(200, doorSchema, 'The door.')
  read(@Context() { principal }: RequestContext, @Param('id', { schema: doorId }) id: string) {
    return this.doors.read(principal, id);
  }

  @Patch(':id')
  @RequirePermission('door:manage')
  @ApiOperation({ summary: 'Rename a door', description: 'JSON Merge Patch.' })
  @Returns(200, doorSchema, 'The door as changed.')
  patch(
    @Context() context: RequestContext,
    @Param('id', { schema: doorId }) id: string,
    @Body({ schema: doorPatchSchema }) patch: DoorPatch,
  ) {
    return this.doors.patch(context, id, patch);
  }

  @Delete(':id')
  @RequirePermission('door:manage')
  @ApiOperation({ summary: 'Delete a door', description: 'What was counted at it stays counted.' })
  @ReturnsNothing('The door is gone; the audit keeps what it was.')
  remove(@Context() context: RequestContext, @Param('id', { schema: doorId }) id: string) {
    return this.doors.remove(context, id);
  }
}
