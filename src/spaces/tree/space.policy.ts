import { invalid, type Problem } from '../../platform/errors/problem.js';
import { type Space, SPACE_KINDS, type SpaceKind } from './space.entity.js';

const isWithin = (kind: SpaceKind, container: SpaceKind): boolean =>
  SPACE_KINDS.indexOf(kind) > SPACE_KINDS.indexOf(container);

/**
 * Checks the order of kinds, which also keeps the tree free of cycles.
 * @param children kinds of what lies directly in it.
 * @throws Problem 422.
 */
export function assertPlace(
  kind: SpaceKind,
  parent: SpaceKind | undefined,
  children: readonly SpaceKind[],
): void {
  if (parent !== undefined && !isWithin(kind, parent))
    throw invalid('kind', `a ${kind} cannot lie in a ${parent}; the order is ${SPACE_KINDS.join(', ')}`);
  const wider = children.find((child) => !isWithin(child, kind));
  if (wider !== undefined)
    throw invalid('kind', `there is a ${wider} in it, and a ${wider} cannot lie in a ${kind}`);
}

export const inItself = (): Problem =>
  invalid('parent_id', 'a space cannot lie in itself or in a space within it');

type Settings = Pick<Space, 'amber_percent' | 'full_percent' | 'accept_late_days' | 'keep_events_days'>;

/** Checks settings against each other. @throws Problem 422. */
export function assertSettings(space: Settings): void {
  const { amber_percent, full_percent, accept_late_days, keep_events_days } = space;
  if (amber_percent > full_percent)
    throw invalid('amber_percent', `must not be above full_percent, which is ${full_percent}`);
  if (keep_events_days === null) return;
  if (accept_late_days === null || accept_late_days > keep_events_days)
    throw invalid('accept_late_days', `must not be more than keep_events_days, which is ${keep_events_days}`);
}

/** Earlier instants are valid in PostgreSQL but not exact as a number of microseconds. */
const EARLIEST = Date.UTC(1970, 0, 1);

/**
 * @param was undefined for a new space.
 * @param now milliseconds since the epoch.
 * @throws Problem 422: counting began in the past, and what was counted since then stays counted.
 */
export function assertCountingSince(value: string, was: string | undefined, now: number): void {
  const since = Date.parse(value);
  if (since > now) throw invalid('counting_since', 'must not lie in the future');
  if (since < EARLIEST) throw invalid('counting_since', 'must not lie before 1970');
  if (was !== undefined && since > Date.parse(was))
    throw invalid('counting_since', `can only become earlier: what came since ${was} is counted`);
}
