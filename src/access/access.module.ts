import { Global, Module } from '@nestjs/common';
import './permission.table.js';
import { IdempotencyKeys } from './idempotency/idempotency.keys.js';
import { Principals } from './principals.js';
import { Writer } from './writer.js';

/** Who calls and what they may. Global, for every feature asks. */
@Global()
@Module({
  providers: [IdempotencyKeys, Principals, Writer],
  exports: [IdempotencyKeys, Principals, Writer],
})
export class AccessModule {}
