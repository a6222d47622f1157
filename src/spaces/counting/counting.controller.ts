import { Body, Controller, Get, Param, Post, Put, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ReadsPrincipalAgain, RequirePermission } from '../../access/access.decorators.js';
import { Context, type RequestContext } from '../../access/context.js';
import { Refuses } from '../../platform/openapi/refuses.decorator.js';
import { AlsoReturns, Returns } from '../../platform/openapi/returns.decorator.js';
import { CountingService } from './counting.service.js';
import { type Answer } from './event.answers.js';
import { type Recount, recountSchema, type EventsInput, eventsSchema, stepSchema } from './event.schemas.js';
import { spaceId } from '../tree/space.schemas.js';
import { batchAnswerSchema, eventAnswerSchema, spaceStateSchema } from './state.schemas.js';

/** Sends an answer with the status that it carries. */
export async function send<T>(reply: FastifyReply, answer: Promise<Answer<T>>): Promise<T> {
  const { status, body } = await answer;
  void reply.status(status);
  return body;
}

@ApiTags('spaces')
@Controller('spaces')
export class CountingController {
  constructor(private readonly counting: CountingService) {}

  @Get(':id/state')
  @RequirePermission('space:read')
  @ApiOperation({ summary: 'Read how many are inside now' })
  @Returns(200, spaceStateSchema, 'The present numbers.')
  state(@Context() { principal }: RequestContext, @Param('id', { schema: spaceId }) id: string) {
    return this.counting.state(principal, id);
  }

  @Post(':id/events')
  @RequirePermission('space:count')
  @ReadsPrincipalAgain()
  @ApiOperation({
    summary: 'Count one event, or a list of up to 1,000',
    description:
      'The same `event_id` never counts twice, whenever and however often it comes. Of a list each event is judged alone; an empty list counts nothing.',
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
    @Param('id', { schema: spaceId }) space_id: string,
    @Body({ schema: eventsSchema }) input: EventsInput,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return send(reply, this.counting.count(context, { space_id }, input));
  }

  @Post(':id/increment')
  @RequirePermission('space:count')
  @ReadsPrincipalAgain()
  @ApiOperation({
    summary: 'Let people in',
    description: 'Refused where the capacity would be passed and the space refuses that.',
  })
  @Returns(201, spaceStateSchema, 'The numbers after it.')
  @Refuses({ 409: ['capacity_reached'] })
  increment(
    @Context() context: RequestContext,
    @Param('id', { schema: spaceId }) id: string,
    @Body({ schema: stepSchema }) { by }: { by: number },
  ) {
    return this.counting.step(context, id, by);
  }

  @Post(':id/decrement')
  @RequirePermission('space:count')
  @ReadsPrincipalAgain()
  @ApiOperation({ summary: 'Let people out' })
  @Returns(201, spaceStateSchema, 'The numbers after it.')
  @Refuses({ 409: ['nobody_inside'] })
  decrement(
    @Context() context: RequestContext,
    @Param('id', { schema: spaceId }) id: string,
    @Body({ schema: stepSchema }) { by }: { by: number },
  ) {
    return this.counting.step(context, id, -by);
  }

  @Put(':id/occupancy')
  @RequirePermission('space:correct')
  @ApiOperation({
    summary: 'Say how many are inside now',
    description:
      'Makes the count right whatever came before, and leaves the history before it as it was. 0 empties all parts of the space as well.',
  })
  @Returns(200, spaceStateSchema, 'The numbers after it.')
  setOccupancy(
    @Context() context: RequestContext,
    @Param('id', { schema: spaceId }) id: string,
    @Body({ schema: recountSchema }) recount: Recount,
  ) {
    return this.counting.setOccupancy(context, id, recount);
  }
}
