import type { Principal } from '../access/principal.js';
import { may } from '../access/rights.js';
import { type Condition, where } from '../platform/pagination/page.reading.js';

const ALL: readonly Condition[] = [];
const NONE: readonly Condition[] = [where('false')];

/**
 * Which tickets a principal sees: alternatives of which one must hold, none for all of them. Lists, counts, single reads,
 * histories, changes, exports and the older API ask here, so that all show the same.
 */
export function visibleTo(principal: Principal): readonly Condition[] {
  if (may(principal, 'ticket:read')) return ALL;
  if (principal.type !== 'user' || !may(principal, 'ticket:read_own')) return NONE;
  return [where('created_by = ?', principal.id), where('assignee_id = ?', principal.id)];
}
