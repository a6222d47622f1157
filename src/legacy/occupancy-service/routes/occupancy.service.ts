import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../../access/context.js';
import { Writer } from '../../../access/writer.js';
import { Problem, unauthenticated } from '../../../platform/errors/problem.js';
import { CountingService } from '../../../spaces/counting/counting.service.js';
import { spaceDefaults, SpaceService } from '../../../spaces/tree/space.service.js';
import { type LegacySpace, legacySpaceOf } from './space.shape.js';
import type { Principal } from '../../../access/principal.js';

/** Where a native space would refuse, the occupancy service left everything as it was. */
const BOUNDS = new Set(['capacity_reached', 'nobody_inside']);

interface NewLegacySpace {
  current: number;
  maximum: number;
  name: string | null;
}

/** What the occupancy service did, done with ours. */
@Injectable()
export class OccupancyService {
  constructor(
    private readonly spaces: SpaceService,
    private readonly counting: CountingService,
    private readonly writer: Writer,
  ) {}

  async read(principal: Principal, id: string): Promise<LegacySpace> {
    const [space, state] = await Promise.all([
      this.spaces.read(principal, id),
      this.counting.state(principal, id),
    ]);
    return legacySpaceOf(state, space);
  }

  /** Whoever made it without a token goes on without one. */
  async create(context: RequestContext, { current, maximum, name }: NewLegacySpace): Promise<LegacySpace> {
    const { id } = await this.writer.run(context, async (tx, now) => {
      const space = await this.spaces.createIn(tx, now, {
        ...spaceDefaults('room'),
        name,
        capacity: maximum,
        over_capacity: 'refuse',
        public: now.principal.type === 'visitor',
      });
      const occupancy = Math.min(current, maximum);
      if (occupancy > 0)
        await this.counting.setOccupancyIn(tx, now, space.id, {
          occupancy,
          reason: 'Made with this number.',
        });
      return space;
    });
    return this.read(context.principal, id);
  }

  async step(context: RequestContext, id: string, by: 1 | -1): Promise<LegacySpace> {
    try {
      const state = await this.counting.step(context, id, by, { bounded: true });
      return legacySpaceOf(state, await this.spaces.read(context.principal, id));
    } catch (error) {
      if (error instanceof Problem && BOUNDS.has(error.code)) return this.read(context.principal, id);
      throw error;
    }
  }

  /** A maximum below the present number lowers the number. */
  async setMaximum(context: RequestContext, id: string, maximum: number): Promise<LegacySpace> {
    await this.writer.run(context, async (tx, now) => {
      const space = await this.spaces.patchIn(tx, now, id, { capacity: maximum });
      if (now.principal.type === 'visitor' && !space.public) throw unauthenticated();
      if (space.occupancy > maximum) {
        const reason = 'The maximum was lowered.';
        await this.counting.setOccupancyIn(tx, now, id, { occupancy: maximum, reason });
      }
    });
    return this.read(context.principal, id);
  }
}
