import './user.declarations.js';
import type { Principal } from '../access/principal.js';
import { may } from '../access/rights.js';
import { EVERYTHING, NOTHING, type Visible } from '../access/visibility.js';
import { where } from '../platform/pagination/page.reading.js';

/** All users, or just the own account. */
export function visibleUsers(principal: Principal): Visible {
  if (may(principal, 'user:read')) return EVERYTHING;
  return principal.type === 'user' ? [where('id = ?', principal.id)] : NOTHING;
}
