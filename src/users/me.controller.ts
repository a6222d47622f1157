import { Body, Controller, Get, Patch, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Authenticated } from '../access/access.decorators.js';
import { Context, type RequestContext } from '../access/context.js';
import { Refuses } from '../platform/openapi/refuses.decorator.js';
import { Returns, ReturnsNothing } from '../platform/openapi/returns.decorator.js';
import {
  mePatchSchema,
  meSchema,
  passwordChangeSchema,
  statusSchema,
  type UserPatch,
  userSchema,
} from './user.schemas.js';
import { UserService } from './user.service.js';

@ApiTags('authentication')
@Controller()
export class MeController {
  constructor(private readonly users: UserService) {}

  @Get('me')
  @Authenticated({ authenticationSection: true, anyScope: true })
  @ApiOperation({ summary: 'Read your own account' })
  @Returns(200, meSchema, 'Your account.')
  me(@Context() context: RequestContext) {
    return this.users.readMe(context);
  }

  @Patch('me')
  @Authenticated()
  @ApiOperation({ summary: 'Change your own names and phone' })
  @Returns(200, userSchema, 'Your account as changed.')
  @Refuses({ 409: ['phone_taken'] })
  patchMe(@Context() context: RequestContext, @Body({ schema: mePatchSchema }) patch: UserPatch) {
    return this.users.patchMe(context, patch);
  }

  @Put('me/password')
  @Authenticated({ authenticationSection: true })
  @ApiOperation({
    summary: 'Change your own password',
    description:
      'Needs the present one. Wrong ones are counted in your session alone, so that nobody who guesses at your sign-in ' +
      'keeps you from this. Ends all your other sessions.',
  })
  @ReturnsNothing('The password is changed.')
  @Refuses({ 422: ['wrong_password'], 429: ['rate_limited'] })
  changePassword(
    @Context() context: RequestContext,
    @Body({ schema: passwordChangeSchema }) change: { old_password: string; password: string },
  ) {
    return this.users.changeOwnPassword(context, change.old_password, change.password);
  }

  @Get('status')
  @Authenticated({ authenticationSection: true, anyScope: true })
  @ApiOperation({ summary: 'Tell whether your account is disabled' })
  @Returns(200, statusSchema, 'The state of your account.')
  status(@Context() context: RequestContext) {
    return this.users.statusOf(context);
  }
}
