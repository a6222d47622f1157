import '../space.declarations.js';
import type { Principal } from '../../access/principal.js';
import { may } from '../../access/rights.js';
import { EVERYTHING, NOTHING, type Visible } from '../../access/visibility.js';
import { where } from '../../platform/pagination/page.reading.js';

/** All spaces, the one that a display shows, or those that are open to visitors. */
export function visibleSpaces(principal: Principal): Visible {
  if (principal.type === 'display') return [where('id = ?', principal.space_id)];
  if (principal.type === 'visitor') return [where('public')];
  return may(principal, 'space:read') ? EVERYTHING : NOTHING;
}

/** The spaces whose numbers a principal may watch: of those that it does not read, nothing else. */
export const watchableSpaces = (principal: Principal): Visible =>
  principal.type === 'user' && may(principal, 'space:watch') ? EVERYTHING : visibleSpaces(principal);
