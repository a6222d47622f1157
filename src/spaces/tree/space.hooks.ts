import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../access/context.js';
import type { Tx } from '../../platform/database/database.js';

/** A space that was moved, with everything in it and the people inside. */
export interface SpaceMove {
  space_id: string;
  /** The spaces that contained it and no longer do, the root first. */
  left: readonly string[];
  /** The spaces that contain it from now on, the root first. */
  entered: readonly string[];
}

/** What else a deletion of spaces would delete. */
export interface Dependents {
  count: number;
  /** Such as `2 doors lead to it`, for the sentence of a refusal. */
  words: string;
}

type OnMove = (tx: Tx, move: SpaceMove) => Promise<void>;
type OnChange = (tx: Tx, spaceId: string, fields: readonly string[]) => Promise<void>;
type OnRemoval = (tx: Tx, context: RequestContext, spaceIds: string[]) => Promise<void> | void;
type FindDependents = (tx: Tx, spaceIds: string[]) => Promise<Dependents>;

/**
 * Where features register that refer to spaces. Each listener runs in the transaction of the change, with the trees locked,
 * and must not depend on the order of the listeners.
 */
@Injectable()
export class SpaceHooks {
  private readonly onMove: OnMove[] = [];
  private readonly onChange: OnChange[] = [];
  private readonly onRemoval: OnRemoval[] = [];
  private readonly findDependents: FindDependents[] = [];

  /** Called after the tree was changed, and before a deletion, as a move out of all containing spaces. */
  whenMoved(listener: OnMove): void {
    this.onMove.push(listener);
  }

  /** Called with the names of the changed settings. */
  whenChanged(listener: OnChange): void {
    this.onChange.push(listener);
  }

  /** Called before the rows of the spaces are deleted: references to them must be cleared. */
  whenRemoved(listener: OnRemoval): void {
    this.onRemoval.push(listener);
  }

  /** Asked before a deletion, which is refused without `recursive` where anything depends on the spaces. */
  dependsOnSpaces(find: FindDependents): void {
    this.findDependents.push(find);
  }

  async moved(tx: Tx, move: SpaceMove): Promise<void> {
    for (const listener of this.onMove) await listener(tx, move);
  }

  async changed(tx: Tx, spaceId: string, fields: readonly string[]): Promise<void> {
    for (const listener of this.onChange) await listener(tx, spaceId, fields);
  }

  async removed(tx: Tx, context: RequestContext, spaceIds: string[]): Promise<void> {
    for (const listener of this.onRemoval) await listener(tx, context, spaceIds);
  }

  async dependents(tx: Tx, spaceIds: string[]): Promise<Dependents[]> {
    const found: Dependents[] = [];
    for (const find of this.findDependents) found.push(await find(tx, spaceIds));
    return found;
  }
}
