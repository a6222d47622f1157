import { Module } from '@nestjs/common';
import { CredentialsModule } from './credentials.module.js';
import { MeController } from './me.controller.js';
import { UserImport } from './user.import.js';
import { UserLookup } from './user.lookup.js';
import { UserOperations } from './user.operations.js';
import { UserRepository } from './user.repository.js';
import { UserService } from './user.service.js';
import { UserWrites } from './user.writes.js';
import { UsersController } from './users.controller.js';

@Module({
  controllers: [UsersController, MeController],
  imports: [CredentialsModule],
  providers: [UserRepository, UserService, UserLookup, UserWrites, UserImport, UserOperations],
  exports: [UserService, UserLookup, UserWrites, UserImport, UserOperations],
})
export class UsersModule {}
