import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ownSource } from '../../access/audit/audit.js';
import { Database } from '../../platform/database/database.js';
import { JobHandlers } from '../../platform/jobs/job.handlers.js';
import { ACTIVATE, activate } from './key.rotation.js';
import { lockKeys } from './key.store.js';

/** The job at the end of a rotation: the next keys, which every verifier can know by now, become the active ones. */
@Injectable()
export class KeyActivation implements OnModuleInit {
  constructor(
    private readonly handlers: JobHandlers,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.handlers.register(ACTIVATE, ({ kids }) =>
      this.database.transaction(async (tx) => {
        await lockKeys(tx);
        await activate(tx, ownSource, kids);
      }),
    );
  }
}
