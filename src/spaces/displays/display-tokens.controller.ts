import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../../access/access.decorators.js';
import { Context, type RequestContext } from '../../access/context.js';
import { Refuses } from '../../platform/openapi/refuses.decorator.js';
import { Returns, ReturnsNothing } from '../../platform/openapi/returns.decorator.js';
import { spaceId } from '../tree/space.schemas.js';
import {
  displayTokenId,
  displayTokenPage,
  displayTokenQuery,
  type DisplayTokenQuery,
  displayTokenWithSecretSchema,
  type NewDisplayToken,
  newDisplayTokenSchema,
} from './display-token.schemas.js';
import { DisplayTokenService } from './display-token.service.js';

@ApiTags('displays')
@Controller()
export class DisplayTokensController {
  constructor(private readonly tokens: DisplayTokenService) {}

  @Post('spaces/:id/display-tokens')
  @RequirePermission('display:manage')
  @ApiOperation({
    summary: 'Make a token for a display of a space',
    description: 'It opens the board of this space and nothing else. The answer shows it, and never again.',
  })
  @Returns(201, displayTokenWithSecretSchema, 'The new token and its secret.')
  @Refuses({ 409: ['id_taken'] })
  create(
    @Context() context: RequestContext,
    @Param('id', { schema: spaceId }) id: string,
    @Body({ schema: newDisplayTokenSchema }) input: NewDisplayToken,
  ) {
    return this.tokens.create(context, id, input);
  }

  @Get('spaces/:id/display-tokens')
  @RequirePermission('display:read')
  @ApiOperation({ summary: 'List the display tokens of a space' })
  @Returns(200, displayTokenPage, 'A page of display tokens.')
  list(
    @Context() { principal }: RequestContext,
    @Param('id', { schema: spaceId }) id: string,
    @Query({ schema: displayTokenQuery }) query: DisplayTokenQuery,
  ) {
    return this.tokens.list(principal, id, query);
  }

  @Delete('display-tokens/:id')
  @RequirePermission('display:manage')
  @ApiOperation({ summary: 'Revoke a display token', description: 'Boards that show it end within seconds.' })
  @ReturnsNothing('The token opens nothing any more.')
  remove(@Context() context: RequestContext, @Param('id', { schema: displayTokenId }) id: string) {
    return this.tokens.remove(context, id);
  }
}
