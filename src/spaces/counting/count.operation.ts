import type { RequestContext } from '../../access/context.js';
import type { Problem } from '../../platform/errors/problem.js';
import type { CountEvent } from './event.schemas.js';
import type { SpaceState } from './counted.space.js';

/** One request to count, checked and answered as a whole. */
export interface CountOperation {
  context: RequestContext;
  /** A space, or a door. */
  target: { space_id: string } | { door_id: string };
  events: CountEvent[];
  /** Limits an admission to the capacity and to 0, whatever the settings of the space allow. */
  bounded: boolean;
}

/** The result of one event, and the numbers after it. */
export type EventOutcome =
  | { result: 'counted' | 'duplicate'; state: SpaceState }
  | { result: 'refused' | 'invalid'; problem: Problem };

export interface CountOutcome {
  events: EventOutcome[];
  /** The numbers after the last event. */
  state: SpaceState;
}
