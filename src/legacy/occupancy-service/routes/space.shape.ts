import { z } from 'zod';
import { moment } from '../../../platform/validation/text.js';
import { toIso, toMicros } from '../../../spaces/counting/instant.js';
import type { SpaceState } from '../../../spaces/counting/counted.space.js';
import { HIGHEST_CAPACITY } from '../../../spaces/tree/space.entity.js';

/** A space as the occupancy service showed it, in its order. */
export const legacySpace = z
  .object({
    space_id: z.uuid().meta({ example: '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e10' }),
    space_name: z.string().nullable().meta({ example: 'Reading room' }),
    occupancy: z
      .object({
        current: z.int().meta({ example: 12 }),
        maximum: z.int().meta({ description: `${HIGHEST_CAPACITY} without a limit.`, example: 40 }),
      })
      .meta({ description: 'How many are inside, and how many may be.' }),
    created: moment,
    last_updated: moment,
  })
  .meta({ id: 'OccupancyServiceSpace' });

export type LegacySpace = z.infer<typeof legacySpace>;

/** Six digits of a second, also where they are zero. */
const stamp = (time: string): string => toIso(toMicros(time));

export const legacySpaceOf = (state: SpaceState, { created_at }: { created_at: string }): LegacySpace => ({
  space_id: state.space_id,
  space_name: state.name,
  occupancy: {
    current: state.occupancy,
    // For a space without a capacity nothing of the legacy service is nearer.
    maximum: state.capacity ?? HIGHEST_CAPACITY,
  },
  created: stamp(created_at),
  last_updated: stamp(state.changed_at),
});
