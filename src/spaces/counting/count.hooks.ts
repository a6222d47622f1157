import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/database.js';
import type { Micros } from './instant.js';
import type { Level } from './level.js';

/** A space went from one level to another; the numbers are those after the change. */
export interface LevelChange {
  space_id: string;
  from: Level;
  to: Level;
  occupancy: number;
  capacity: number | null;
  at: Micros;
}

type OnLevels = (tx: Tx, changes: LevelChange[]) => Promise<void>;
type OnChanged = (spaceIds: string[]) => void;

/** Where features register that react to a count, in its transaction or after its commit. */
@Injectable()
export class CountHooks {
  private readonly onLevels: OnLevels[] = [];
  private readonly onChanged: OnChanged[] = [];

  /** Called inside of the transaction that counts. */
  whenLevelChanges(listener: OnLevels): void {
    this.onLevels.push(listener);
  }

  /** Called after the commit with the spaces whose numbers are others now. */
  whenChanged(listener: OnChanged): void {
    this.onChanged.push(listener);
  }

  async levelsChanged(tx: Tx, changes: LevelChange[]): Promise<void> {
    for (const listener of this.onLevels) await listener(tx, changes);
  }

  changed(spaceIds: string[]): void {
    for (const listener of this.onChanged) listener(spaceIds);
  }
}
