import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RequirePermission } from '../../access/access.decorators.js';
import { Context, type RequestContext } from '../../access/context.js';
import { Refuses } from '../../platform/openapi/refuses.decorator.js';
import { ReturnsStream } from '../../platform/openapi/returns.decorator.js';
import { spaceId } from '../tree/space.schemas.js';
import { LiveStreams } from './live.streams.js';

@ApiTags('spaces')
@Controller('spaces')
export class LiveController {
  constructor(private readonly streams: LiveStreams) {}

  @Get(':id/stream')
  @RequirePermission('space:watch')
  @ApiOperation({
    summary: 'Watch a space live',
    description: `Server-Sent Events: \`state\` with the space's numbers as \`GET /spaces/{id}/state\` gives them, at once and after
each change, though never more than twenty a second: those between are left out, the newest never. Its \`id\` is the \`seq\` of
the numbers; send it as \`Last-Event-ID\` when you come back, and you are told only what is newer. A comment comes every 15
seconds while what you saw last is current. \`end\` with \`status\`, \`code\` and \`detail\` says why the stream ends: within 30
seconds of losing the right to watch, when the token expires, when the space is deleted, when a maintenance closes all, or when this instance stops.
At most 10 streams a user. A page such as this one shows nothing before the end: try \`curl -N\`.`,
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    description: 'The `id` of the last event that you have seen.',
    required: false,
  })
  @ReturnsStream('Events until you leave.')
  @Refuses({ 429: ['rate_limited'] })
  stream(
    @Param('id', { schema: spaceId }) id: string,
    @Context() context: RequestContext,
    @Res() reply: FastifyReply,
  ) {
    return this.streams.start(reply, id, context);
  }
}
