import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database/database.js';
import { invalid } from '../../platform/errors/problem.js';
import type { Space } from './space.entity.js';
import { SpaceHooks } from './space.hooks.js';
import { inItself } from './space.policy.js';
import { SpaceRepository } from './space.repository.js';
import type { Principal } from '../../access/principal.js';

/** Moves spaces within the tree. The caller has locked the trees. */
@Injectable()
export class SpaceMoves {
  constructor(
    private readonly spaces: SpaceRepository,
    private readonly hooks: SpaceHooks,
  ) {}

  /** @throws Problem 422 when it is not there. */
  async parent(tx: Tx, principal: Principal, id: string | null): Promise<Space | undefined> {
    if (id === null) return undefined;
    const parent = await this.spaces.find(principal, id, tx);
    if (parent === undefined) throw invalid('parent_id', 'there is no such space', undefined, 'space');
    return parent;
  }

  /**
   * Moves a space and everything within it under another parent.
   * @returns the new path of the space itself.
   * @throws Problem 422 when that would make a cycle.
   */
  async move(tx: Tx, space: Space, parent: Space | undefined): Promise<string[]> {
    const { id, path } = space;
    const above = parent?.path ?? [];
    if (above.includes(id)) throw inItself();
    await this.spaces.repath(tx, id, [...above, id], path.length);
    await this.hooks.moved(tx, {
      space_id: id,
      left: path.filter((ancestor) => ancestor !== id && !above.includes(ancestor)),
      entered: above.filter((ancestor) => !path.includes(ancestor)),
    });
    return [...above, id];
  }

  /** Takes a space that is about to be deleted out of the spaces that contain it. */
  async leave(tx: Tx, { id, path }: Space): Promise<void> {
    await this.hooks.moved(tx, { space_id: id, left: path.slice(0, -1), entered: [] });
  }
}
