import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/database.js';
import { newUuid } from '../../platform/new-uuid.js';
import { SpaceHooks, type SpaceMove } from '../tree/space.hooks.js';
import { CountHooks } from './count.hooks.js';
import type { CountedSpace } from './counted.space.js';
import { Ledger } from './ledger.js';
import { LedgerRepository } from './ledger.repository.js';

/** The settings that a state shows or a level follows from. */
const WATCHED: readonly string[] = [
  'name',
  'capacity',
  'counting_since',
  'amber_percent',
  'full_percent',
  'hysteresis_percent',
];

/** Adjusts the counts to changes of the tree and of settings, in the transaction of the change. */
@Injectable()
export class CountAdjustments {
  constructor(
    private readonly repository: LedgerRepository,
    private readonly hooks: CountHooks,
    spaces: SpaceHooks,
  ) {
    spaces.whenMoved((tx, move) => this.moved(tx, move));
    spaces.whenChanged(async (tx, spaceId, fields) => {
      if (fields.some((name) => WATCHED.includes(name))) await this.settingsChanged(tx, spaceId);
    });
    spaces.whenRemoved((tx, _context, spaceIds) => {
      tx.afterCommit(() => this.hooks.changed(spaceIds));
    });
  }

  /** Takes the people inside a moved space out of the spaces that it leaves and into those that it enters. */
  private async moved(tx: Tx, { space_id, left, entered }: SpaceMove): Promise<void> {
    if (left.length + entered.length === 0) return;
    const inside = await this.repository.insideOf(tx, space_id);
    if (inside === 0) return;
    const ledger = await Ledger.open(tx, this.repository, { spaceIds: [...left, ...entered] });
    const upwards = (ids: readonly string[]) =>
      ids.toReversed().map((id) => ledger.space(id) as CountedSpace);
    // A propagated delta is stored as `carry`.
    const members = { event_id: newUuid(), kind: 'carry' } as const;
    const at = ledger.tick();
    await ledger.spread(upwards(left), at, -inside, members);
    await ledger.spread(upwards(entered), at, inside, members);
    await ledger.save(this.hooks);
  }

  /** Computes the level of a space by its new settings, and notifies its watchers. */
  private async settingsChanged(tx: Tx, spaceId: string): Promise<void> {
    const ledger = await Ledger.open(tx, this.repository, { spaceIds: [spaceId] });
    const space = ledger.space(spaceId);
    if (space !== undefined) ledger.recalculateLevel(space);
    await ledger.save(this.hooks);
  }
}
