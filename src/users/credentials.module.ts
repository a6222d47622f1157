import { Module } from '@nestjs/common';
import { PasswordHasher } from './password.hasher.js';
import { UserCredentials } from './user.credentials.js';

/** Passwords, for the users and for the authentication: one hasher, so that its limit holds for the process. */
@Module({ providers: [PasswordHasher, UserCredentials], exports: [PasswordHasher, UserCredentials] })
export class CredentialsModule {}
