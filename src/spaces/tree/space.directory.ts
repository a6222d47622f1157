import { Injectable } from '@nestjs/common';
import type { Queryable } from '../../platform/database/database.js';
import { SpaceRepository } from './space.repository.js';

/** Finds many spaces at once, for whoever refers to them by the hundred. */
@Injectable()
export class SpaceDirectory {
  constructor(private readonly spaces: SpaceRepository) {}

  existing(db: Queryable, ids: string[]): Promise<Set<string>> {
    return this.spaces.existing(db, ids);
  }
}
