import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../access/access.decorators.js';
import { Refuses } from '../../platform/openapi/refuses.decorator.js';
import { Returns, ReturnsStream } from '../../platform/openapi/returns.decorator.js';
import { boardSchema, boardToken } from './board.schemas.js';
import { BoardService } from './board.service.js';

/** The address of the page is its key: no other site shall learn it from a Referer. */
const NoReferrer = (): MethodDecorator => Header('referrer-policy', 'no-referrer');

@ApiTags('displays')
@Controller('board')
export class BoardController {
  constructor(private readonly board: BoardService) {}

  @Get(':display_token')
  @Public()
  @NoReferrer()
  @ApiExcludeEndpoint()
  page(@Param('display_token') token: string, @Res() reply: FastifyReply) {
    return this.board.page(reply, token);
  }

  @Get('assets/:version/:file')
  @Public()
  @ApiExcludeEndpoint()
  asset(@Param('version') version: string, @Param('file') file: string, @Res() reply: FastifyReply) {
    return this.board.asset(reply, version, file);
  }

  @Get(':display_token/state')
  @Public()
  @NoReferrer()
  @ApiOperation({
    summary: 'Read what the board of a space shows',
    description: 'The page itself is `/board/{display_token}`.',
  })
  @Returns(200, boardSchema, "The space's numbers, and its day.")
  state(@Param('display_token', { schema: boardToken }) token: string) {
    return this.board.state(token);
  }

  @Get(':display_token/stream')
  @Public()
  @NoReferrer()
  @ApiOperation({
    summary: 'Watch a board live',
    description:
      'As `GET /api/v1/spaces/{id}/stream`, with an event `beat` for the sign of life, since scripts of a page see no comments. It ends when the token is revoked. At most 200 streams a token.',
  })
  @ReturnsStream('Events until you leave.')
  @Refuses({ 429: ['rate_limited'] })
  stream(@Param('display_token', { schema: boardToken }) token: string, @Res() reply: FastifyReply) {
    return this.board.stream(reply, token);
  }
}
