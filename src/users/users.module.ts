import { Module } from '@nestjs/common';
import { CredentialsModule } from './credentials.module.js';
import { MeController } from './me.controller.js';
import { UserBulkRepository } from './user.bulk.repository.js';
import { UserDirectory } from './user.directory.js';
import { UserImport } from './user.import.js';
import { UserOperations } from './user.operations.js';
import { UserRepository } from './user.repository.js';
import { UserService } from './user.service.js';
import { UserDataMigration } from './user.takeover.js';
import { UsersController } from './users.controller.js';

@Module({
  controllers: [UsersController, MeController],
  imports: [CredentialsModule],
  providers: [
    UserRepository,
    UserService,
    UserBulkRepository,
    UserDirectory,
    UserImport,
    UserOperations,
    UserDataMigration,
  ],
  exports: [UserService, UserDirectory, UserImport, UserOperations, UserDataMigration],
})
export class UsersModule {}
