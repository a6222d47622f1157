import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../access/context.js';
import type { Tx } from '../../platform/database/database.js';

type OnRemoval = (tx: Tx, context: RequestContext, spaceIds: string[]) => Promise<void>;

/** Where those register who refer to spaces: they let go of them in the transaction that deletes them. */
@Injectable()
export class SpaceRemovals {
  private readonly listeners: OnRemoval[] = [];

  whenRemoved(listener: OnRemoval): void {
    this.listeners.push(listener);
  }

  async announce(tx: Tx, context: RequestContext, spaceIds: string[]): Promise<void> {
    for (const listener of this.listeners) await listener(tx, context, spaceIds);
  }
}
