import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Authenticated, RequirePermission } from '../../../access/access.decorators.js';
import type { RequestContext } from '../../../access/context.js';
import { UserService } from '../../../users/user.service.js';
import { message, legacyMessage } from './message.shape.js';
import { Legacy, LegacyContext, TicketServer } from './legacy.decorators.js';
import { LegacyLists } from './legacy.lists.js';
import { type LegacyPage, legacyPage, legacyUserId } from './parameters.js';
import {
  type NewLegacyUser,
  newLegacyUser,
  type LegacyContacts,
  legacyContacts,
  legacyDisabled,
  legacyLoginDenied,
  legacyPassword,
  legacyRoles,
  legacyUsername,
  pathEmail,
  pathPhone,
  pathUsername,
  type WholeLegacyUser,
  wholeLegacyUser,
} from './user.input.js';
import { legacyUser, legacyUserOf } from './user.shape.js';

const PASSWORD_CHANGED = message('Password changed successfully');

@TicketServer()
@Controller('user')
export class TicketServerUserController {
  constructor(
    private readonly users: UserService,
    private readonly lists: LegacyLists,
  ) {}

  @Post()
  @RequirePermission('user:create')
  @Legacy('Create a user', legacyUser)
  async create(
    @LegacyContext() context: RequestContext,
    @Body({ schema: newLegacyUser }) { role, ...input }: NewLegacyUser,
  ) {
    return legacyUserOf(await this.users.create(context, { ...input, roles: role }));
  }

  @Get()
  @RequirePermission('user:read')
  @Legacy('List users', z.array(legacyUser))
  list(
    @LegacyContext() { principal }: RequestContext,
    @Query({ schema: legacyPage }) page: LegacyPage,
    @Res() reply: FastifyReply,
  ) {
    return this.lists.users(reply, principal, page);
  }

  @Get(':id')
  @RequirePermission('user:read')
  @Legacy('Read a user', legacyUser)
  async read(
    @LegacyContext() { principal }: RequestContext,
    @Param('id', { schema: legacyUserId }) id: number,
  ) {
    return legacyUserOf(await this.users.read(principal, id));
  }

  @Get('username/:username')
  @RequirePermission('user:read')
  @Legacy('Read a user by username', legacyUser)
  async readByUsername(
    @LegacyContext() { principal }: RequestContext,
    @Param('username', { schema: pathUsername }) username: string,
  ) {
    return legacyUserOf(await this.users.readBy(principal, 'username', username));
  }

  @Get('phone/:phone')
  @RequirePermission('user:read')
  @Legacy('Read a user by phone', legacyUser)
  async readByPhone(
    @LegacyContext() { principal }: RequestContext,
    @Param('phone', { schema: pathPhone }) phone: string,
  ) {
    return legacyUserOf(await this.users.readBy(principal, 'phone', phone));
  }

  @Get('email/:email')
  @RequirePermission('user:read')
  @Legacy('Read a user by e-mail', legacyUser)
  async readByEmail(
    @LegacyContext() { principal }: RequestContext,
    @Param('email', { schema: pathEmail }) email: string,
  ) {
    return legacyUserOf(await this.users.readBy(principal, 'email', email));
  }

  // The rule asks the rarest of the permissions that the fields need; the service asks the others.
  @Put(':id')
  @RequirePermission('user:update_roles', { shows: 'user:read' })
  @Legacy('Change a user as a whole', legacyUser)
  async replace(
    @LegacyContext() context: RequestContext,
    @Param('id', { schema: legacyUserId }) id: number,
    @Body({ schema: wholeLegacyUser }) { role, ...input }: WholeLegacyUser,
  ) {
    return legacyUserOf(await this.users.patch(context, id, { ...input, roles: role }));
  }

  @Delete(':id')
  @RequirePermission('user:delete')
  @Legacy('Delete a user', legacyMessage)
  async remove(@LegacyContext() context: RequestContext, @Param('id', { schema: legacyUserId }) id: number) {
    await this.users.remove(context, id);
    return message('User deleted successfully');
  }

  @Patch('password')
  @Authenticated()
  @Legacy('Change your own password, in the 5 minutes after signing in', legacyMessage)
  async changeOwnPassword(
    @LegacyContext() context: RequestContext,
    @Body({ schema: legacyPassword }) body: { password: string },
  ) {
    await this.users.replaceOwnPasswordAfterSignIn(context, body.password);
    return PASSWORD_CHANGED;
  }

  @Patch(':id/contacts')
  @RequirePermission('user:update_contacts', { shows: 'user:read' })
  @Legacy("Change a user's names, phone and e-mail", legacyUser)
  async changeContacts(
    @LegacyContext() context: RequestContext,
    @Param('id', { schema: legacyUserId }) id: number,
    @Body({ schema: legacyContacts }) contacts: LegacyContacts,
  ) {
    return legacyUserOf(await this.users.patch(context, id, contacts));
  }

  @Patch(':id/password')
  @RequirePermission('user:update_password')
  @Legacy("Set a user's password", legacyMessage)
  async setPassword(
    @LegacyContext() context: RequestContext,
    @Param('id', { schema: legacyUserId }) id: number,
    @Body({ schema: legacyPassword }) body: { password: string },
  ) {
    await this.users.setPassword(context, id, body.password);
    return PASSWORD_CHANGED;
  }

  @Patch(':id/username')
  @RequirePermission('user:update_username', { shows: 'user:read' })
  @Legacy("Change a user's username", legacyUser)
  async changeUsername(
    @LegacyContext() context: RequestContext,
    @Param('id', { schema: legacyUserId }) id: number,
    @Body({ schema: legacyUsername }) body: { username: string },
  ) {
    return legacyUserOf(await this.users.patch(context, id, body));
  }

  @Patch(':id/role')
  @RequirePermission('user:update_roles', { shows: 'user:read' })
  @Legacy("Set a user's roles", legacyUser)
  async changeRole(
    @LegacyContext() context: RequestContext,
    @Param('id', { schema: legacyUserId }) id: number,
    @Body({ schema: legacyRoles }) { role }: { role: string[] },
  ) {
    return legacyUserOf(await this.users.patch(context, id, { roles: role }));
  }

  @Patch(':id/disabled')
  @RequirePermission('user:update_disabled', { shows: 'user:read' })
  @Legacy('Disable or enable a user', legacyUser)
  async changeDisabled(
    @LegacyContext() context: RequestContext,
    @Param('id', { schema: legacyUserId }) id: number,
    @Body({ schema: legacyDisabled }) body: { disabled: boolean },
  ) {
    return legacyUserOf(await this.users.patch(context, id, body));
  }

  @Patch(':id/login_denied')
  @RequirePermission('user:update_login_denied', { shows: 'user:read' })
  @Legacy('Deny or allow a user to sign in', legacyUser)
  async changeLoginDenied(
    @LegacyContext() context: RequestContext,
    @Param('id', { schema: legacyUserId }) id: number,
    @Body({ schema: legacyLoginDenied }) body: { login_denied: boolean },
  ) {
    return legacyUserOf(await this.users.patch(context, id, body));
  }
}
