import { Module } from '@nestjs/common';
import { AccountLocks } from './account.locks.js';
import { KnownAddresses } from './known.addresses.js';
import { PasswordAttempts } from './password.attempts.js';
import { PasswordHasher } from './password.hasher.js';
import { UserCredentials } from './user.credentials.js';

/** Passwords, for the users and for the authentication: one hasher, so that its limit holds for the process. */
@Module({
  providers: [AccountLocks, KnownAddresses, PasswordAttempts, PasswordHasher, UserCredentials],
  exports: [AccountLocks, KnownAddresses, PasswordAttempts, PasswordHasher, UserCredentials],
})
export class CredentialsModule {}
