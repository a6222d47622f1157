import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/database.js';
import { newUuid } from '../../platform/new-uuid.js';
import { CountHooks } from './count.hooks.js';
import type { CountedSpace } from './counted.space.js';
import { Ledger } from './ledger.js';
import { LedgerRepository } from './ledger.repository.js';

interface Carried {
  /** What is inside the part, as it is counted: may be below zero. */
  inside: number;
  /** The spaces that contained it and no longer do, the root first. */
  left: readonly string[];
  /** The spaces that contain it from now on, the root first. */
  entered: readonly string[];
}

/** What a change of the tree or of settings means for the counts. The caller has locked the trees and counts nothing itself. */
@Injectable()
export class CountAdjustments {
  constructor(
    private readonly repository: LedgerRepository,
    private readonly hooks: CountHooks,
  ) {}

  /** Takes the people of a part out of the spaces that it leaves and into those that it enters. */
  async carry(tx: Tx, { inside, left, entered }: Carried): Promise<void> {
    if (inside === 0 || left.length + entered.length === 0) return;
    const ledger = await Ledger.open(tx, this.repository, { spaceIds: [...left, ...entered] });
    const upwards = (ids: readonly string[]) =>
      ids.toReversed().map((id) => ledger.space(id) as CountedSpace);
    const carried = { event_id: newUuid(), kind: 'carry' } as const;
    const at = ledger.tick();
    await ledger.spread(upwards(left), at, -inside, carried);
    await ledger.spread(upwards(entered), at, inside, carried);
    await ledger.save(this.hooks);
  }

  /** Judges the numbers of a space by its new settings, and lets whoever watches it know. */
  async settingsChanged(tx: Tx, spaceId: string): Promise<void> {
    const ledger = await Ledger.open(tx, this.repository, { spaceIds: [spaceId] });
    const space = ledger.space(spaceId);
    if (space !== undefined) ledger.judgeAgain(space);
    await ledger.save(this.hooks);
  }
}
