import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../platform/database/database.js';
import type { SpaceKind } from './space.entity.js';
import { SpaceRepository } from './space.repository.js';

/** Finds many spaces at once, for whoever refers to them by the hundred. */
@Injectable()
export class SpaceDirectory {
  constructor(private readonly spaces: SpaceRepository) {}

  /** All spaces with their names from the top, what contains others first. */
  places(db: Queryable): Promise<{ id: string; kind: SpaceKind; names: string }[]> {
    return this.spaces.places(db);
  }

  existing(db: Queryable, ids: string[]): Promise<Set<string>> {
    return this.spaces.existing(db, ids);
  }
}
