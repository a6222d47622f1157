import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Authenticated, RequirePermission } from '../../../access/access.decorators.js';
import type { RequestContext } from '../../../access/context.js';
import { UserService } from '../../../users/user.service.js';
import { message, olderMessage } from './message.shape.js';
import { Older, OlderContext, TicketServer } from './older.decorators.js';
import { OlderLists } from './older.lists.js';
import { type OlderPage, olderPage, olderUserId } from './parameters.js';
import {
  type NewOlderUser,
  newOlderUser,
  type OlderContacts,
  olderContacts,
  olderDisabled,
  olderLoginDenied,
  olderPassword,
  olderRoles,
  olderUsername,
  pathEmail,
  pathPhone,
  pathUsername,
  type WholeOlderUser,
  wholeOlderUser,
} from './user.input.js';
import { olderUser, olderUserOf } from './user.shape.js';

const PASSWORD_CHANGED = message('Password changed successfully');

@TicketServer()
@Controller('user')
export class TicketServerUserController {
  constructor(
    private readonly users: UserService,
    private readonly lists: OlderLists,
  ) {}

  @Post()
  @RequirePermission('user:create')
  @Older('Create a user', olderUser)
  async create(
    @OlderContext() context: RequestContext,
    @Body({ schema: newOlderUser }) { role, ...input }: NewOlderUser,
  ) {
    return olderUserOf(await this.users.create(context, { ...input, roles: role }));
  }

  @Get()
  @RequirePermission('user:read')
  @Older('List users', z.array(olderUser))
  list(
    @OlderContext() { principal }: RequestContext,
    @Query({ schema: olderPage }) page: OlderPage,
    @Res() reply: FastifyReply,
  ) {
    return this.lists.users(reply, principal, page);
  }

  @Get(':id')
  @RequirePermission('user:read')
  @Older('Read a user', olderUser)
  async read(
    @OlderContext() { principal }: RequestContext,
    @Param('id', { schema: olderUserId }) id: number,
  ) {
    return olderUserOf(await this.users.read(principal, id));
  }

  @Get('username/:username')
  @RequirePermission('user:read')
  @Older('Read a user by username', olderUser)
  async readByUsername(
    @OlderContext() { principal }: RequestContext,
    @Param('username', { schema: pathUsername }) username: string,
  ) {
    return olderUserOf(await this.users.readBy(principal, 'username', username));
  }

  @Get('phone/:phone')
  @RequirePermission('user:read')
  @Older('Read a user by phone', olderUser)
  async readByPhone(
    @OlderContext() { principal }: RequestContext,
    @Param('phone', { schema: pathPhone }) phone: string,
  ) {
    return olderUserOf(await this.users.readBy(principal, 'phone', phone));
  }

  @Get('email/:email')
  @RequirePermission('user:read')
  @Older('Read a user by e-mail', olderUser)
  async readByEmail(
    @OlderContext() { principal }: RequestContext,
    @Param('email', { schema: pathEmail }) email: string,
  ) {
    return olderUserOf(await this.users.readBy(principal, 'email', email));
  }

  // The rule asks the rarest of the permissions that the fields need; the service asks the others.
  @Put(':id')
  @RequirePermission('user:update_roles', { shows: 'user:read' })
  @Older('Change a user as a whole', olderUser)
  async replace(
    @OlderContext() context: RequestContext,
    @Param('id', { schema: olderUserId }) id: number,
    @Body({ schema: wholeOlderUser }) { role, ...input }: WholeOlderUser,
  ) {
    return olderUserOf(await this.users.patch(context, id, { ...input, roles: role }));
  }

  @Delete(':id')
  @RequirePermission('user:delete')
  @Older('Delete a user', olderMessage)
  async remove(@OlderContext() context: RequestContext, @Param('id', { schema: olderUserId }) id: number) {
    await this.users.remove(context, id);
    return message('User deleted successfully');
  }

  @Patch('password')
  @Authenticated()
  @Older('Change your own password, in the 5 minutes after signing in', olderMessage)
  async changeOwnPassword(
    @OlderContext() context: RequestContext,
    @Body({ schema: olderPassword }) body: { password: string },
  ) {
    await this.users.replaceOwnPasswordAfterSignIn(context, body.password);
    return PASSWORD_CHANGED;
  }

  @Patch(':id/contacts')
  @RequirePermission('user:update_contacts', { shows: 'user:read' })
  @Older("Change a user's names, phone and e-mail", olderUser)
  async changeContacts(
    @OlderContext() context: RequestContext,
    @Param('id', { schema: olderUserId }) id: number,
    @Body({ schema: olderContacts }) contacts: OlderContacts,
  ) {
    return olderUserOf(await this.users.patch(context, id, contacts));
  }

  @Patch(':id/password')
  @RequirePermission('user:update_password')
  @Older("Set a user's password", olderMessage)
  async setPassword(
    @OlderContext() context: RequestContext,
    @Param('id', { schema: olderUserId }) id: number,
    @Body({ schema: olderPassword }) body: { password: string },
  ) {
    await this.users.setPassword(context, id, body.password);
    return PASSWORD_CHANGED;
  }

  @Patch(':id/username')
  @RequirePermission('user:update_username', { shows: 'user:read' })
  @Older("Change a user's username", olderUser)
  async changeUsername(
    @OlderContext() context: RequestContext,
    @Param('id', { schema: olderUserId }) id: number,
    @Body({ schema: olderUsername }) body: { username: string },
  ) {
    return olderUserOf(await this.users.patch(context, id, body));
  }

  @Patch(':id/role')
  @RequirePermission('user:update_roles', { shows: 'user:read' })
  @Older("Set a user's roles", olderUser)
  async changeRole(
    @OlderContext() context: RequestContext,
    @Param('id', { schema: olderUserId }) id: number,
    @Body({ schema: olderRoles }) { role }: { role: string[] },
  ) {
    return olderUserOf(await this.users.patch(context, id, { roles: role }));
  }

  @Patch(':id/disabled')
  @RequirePermission('user:update_disabled', { shows: 'user:read' })
  @Older('Disable or enable a user', olderUser)
  async changeDisabled(
    @OlderContext() context: RequestContext,
    @Param('id', { schema: olderUserId }) id: number,
    @Body({ schema: olderDisabled }) body: { disabled: boolean },
  ) {
    return olderUserOf(await this.users.patch(context, id, body));
  }

  @Patch(':id/login_denied')
  @RequirePermission('user:update_login_denied', { shows: 'user:read' })
  @Older('Deny or allow a user to sign in', olderUser)
  async changeLoginDenied(
    @OlderContext() context: RequestContext,
    @Param('id', { schema: olderUserId }) id: number,
    @Body({ schema: olderLoginDenied }) body: { login_denied: boolean },
  ) {
    return olderUserOf(await this.users.patch(context, id, body));
  }
}
