import { Global, Module } from '@nestjs/common';
import { IdempotencyKeys } from './idempotency/idempotency.keys.js';
import { PermissionTable } from './permissions.js';
import { Principals } from './principals.js';
import { Writer } from './writer.js';

/** Who calls and what they may. Global, for every feature asks. */
@Global()
@Module({
  providers: [
    { provide: PermissionTable, useFactory: () => PermissionTable.read() },
    IdempotencyKeys,
    Principals,
    Writer,
  ],
  exports: [PermissionTable, IdempotencyKeys, Principals, Writer],
})
export class AccessModule {}
