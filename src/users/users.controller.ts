import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../access/access.decorators.js';
import { Context, type RequestContext } from '../access/context.js';
import { Refuses } from '../platform/openapi/refuses.decorator.js';
import { Returns, ReturnsNothing } from '../platform/openapi/returns.decorator.js';
import {
  type NewUser,
  newUserSchema,
  passwordSchema,
  userId,
  userPage,
  type UserPatch,
  userPatchSchema,
  userQuery,
  type UserQuery,
  userSchema,
} from './user.schemas.js';
import { UserService } from './user.service.js';

const GIVING_ROLES = 'A role can be given by whoever holds every permission in it, and ranks no lower.';

@ApiTags('users')
@Controller('users')
export class UsersController {
  constructor(private readonly users: UserService) {}

  @Post()
  @RequirePermission('user:create')
  @ApiOperation({ summary: 'Create a user', description: GIVING_ROLES })
  @Returns(201, userSchema, 'The new user.')
  @Refuses({ 409: ['username_taken', 'email_taken', 'phone_taken'] })
  create(@Context() context: RequestContext, @Body({ schema: newUserSchema }) input: NewUser) {
    return this.users.create(context, input);
  }

  @Get()
  @RequirePermission('user:read')
  @ApiOperation({ summary: 'List users' })
  @Returns(200, userPage, 'A page of users.')
  list(@Context() { principal }: RequestContext, @Query({ schema: userQuery }) query: UserQuery) {
    return this.users.list(principal, query);
  }

  @Get(':id')
  @RequirePermission('user:read')
  @ApiOperation({ summary: 'Read a user' })
  @Returns(200, userSchema, 'The user.')
  read(@Context() { principal }: RequestContext, @Param('id', { schema: userId }) id: number) {
    return this.users.read(principal, id);
  }

  @Patch(':id')
  @RequirePermission('user:read')
  @ApiOperation({
    summary: 'Change a user',
    description:
      'JSON Merge Patch. Each field named needs its permission, changed or not: names, phone and e-mail `user:update_contacts`, ' +
      '`disabled` `user:update_disabled`, `login_denied` `user:update_login_denied`, `username` `user:update_username`, `roles` `user:update_roles`. ' +
      GIVING_ROLES,
  })
  @Returns(200, userSchema, 'The user as changed.')
  @Refuses({ 409: ['username_taken', 'email_taken', 'phone_taken', 'last_admin'] })
  patch(
    @Context() context: RequestContext,
    @Param('id', { schema: userId }) id: number,
    @Body({ schema: userPatchSchema }) patch: UserPatch,
  ) {
    return this.users.patch(context, id, patch);
  }

  @Delete(':id')
  @RequirePermission('user:delete')
  @ApiOperation({ summary: 'Delete a user to whom no ticket refers' })
  @ReturnsNothing('The user is gone, and every session with them.')
  @Refuses({ 409: ['in_use', 'last_admin'] })
  remove(@Context() context: RequestContext, @Param('id', { schema: userId }) id: number) {
    return this.users.remove(context, id);
  }

  @Put(':id/password')
  @RequirePermission('user:update_password')
  @ApiOperation({
    summary: "Set a user's password",
    description: 'Ends every session of the user, and whatever failed sign-ins have locked.',
  })
  @ReturnsNothing('The password is set.')
  setPassword(
    @Context() context: RequestContext,
    @Param('id', { schema: userId }) id: number,
    @Body({ schema: passwordSchema }) { password }: { password: string },
  ) {
    return this.users.setPassword(context, id, password);
  }

  @Post(':id/unlock')
  @RequirePermission('user:update_password')
  @ApiOperation({
    summary: 'Let a user sign in again',
    description:
      'Forgets the failed sign-ins of the user and ends what they have locked, for every address: the right password is ' +
      'taken again at once. Changes neither the password nor the switches.',
  })
  @ReturnsNothing('Nothing of the user is locked.')
  unlock(@Context() context: RequestContext, @Param('id', { schema: userId }) id: number) {
    return this.users.unlock(context, id);
  }
}
