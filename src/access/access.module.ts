import { Global, Module } from '@nestjs/common';
import { IdempotencyKeys } from './idempotency/idempotency.keys.js';
import { PermissionTable } from './permissions.js';
import { Writer } from './writer.js';

/** Who calls and what they may. Global, for every feature asks. */
@Global()
@Module({
  providers: [
    { provide: PermissionTable, useFactory: () => PermissionTable.read() },
    IdempotencyKeys,
    Writer,
  ],
  exports: [PermissionTable, IdempotencyKeys, Writer],
})
export class AccessModule {}
