import { Body, Controller, Headers, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ReadsPrincipalAgain, RequirePermission } from '../../access/access.decorators.js';
import { Context, type RequestContext } from '../../access/context.js';
import { OrDevice } from '../../access/device.decorator.js';
import { Refuses } from '../../platform/openapi/refuses.decorator.js';
import { AlsoReturns, Returns } from '../../platform/openapi/returns.decorator.js';
import { doorId } from '../doors/door.schemas.js';
import { send } from './counting.controller.js';
import { CountingService } from './counting.service.js';
import { type EventsInput, eventsSchema } from './event.schemas.js';
import { batchAnswerSchema, eventAnswerSchema } from './state.schemas.js';

@ApiTags('doors and devices')
@Controller('doors')
export class DoorEventsController {
  constructor(private readonly counting: CountingService) {}

  @Post(':id/events')
  @RequirePermission('space:count')
  @ReadsPrincipalAgain()
  @OrDevice()
  @ApiOperation({
    summary: 'Count at a door: one event, or a list of up to 1,000',
    description:
      '`in` leaves the one space of the door and enters the other, whose numbers are answered. An empty list is the heartbeat of a device. The same `event_id` never counts twice.',
  })
  @Returns(201, eventAnswerSchema, 'One event was counted: the numbers after it.')
  @AlsoReturns(
    200,
    [eventAnswerSchema, batchAnswerSchema],
    'The event had been counted before, or the results of a list.',
  )
  @Refuses({ 409: ['capacity_reached', 'event_mismatch'], 422: ['too_late', 'in_future', 'before_counting'] })
  count(
    @Context() context: RequestContext,
    @Param('id', { schema: doorId }) id: string,
    @Body({ schema: eventsSchema }) input: EventsInput,
    @Headers('date') date: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return send(reply, this.counting.countAtDoor(context, id, input, date));
  }
}
