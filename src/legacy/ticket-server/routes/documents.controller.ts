import { Controller, Get, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../../../access/access.decorators.js';

/** Where the ticket server had its documentation. */
@ApiExcludeController()
@Controller()
export class TicketServerDocumentsController {
  @Get('docs')
  @Public()
  @Redirect('/docs', 308)
  docs(): void {}

  @Get('redoc')
  @Public()
  @Redirect('/docs', 308)
  redoc(): void {}

  @Get('openapi.json')
  @Public()
  @Redirect('/openapi.json', 308)
  document(): void {}
}
