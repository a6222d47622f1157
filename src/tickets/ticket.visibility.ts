import './ticket.declarations.js';
import type { Principal } from '../access/principal.js';
import { may } from '../access/rights.js';
import { EVERYTHING, NOTHING, type Visible } from '../access/visibility.js';
import { where } from '../platform/pagination/page.reading.js';

/** All tickets, or those that the user opened or is assigned to. */
export function visibleTickets(principal: Principal): Visible {
  if (may(principal, 'ticket:read')) return EVERYTHING;
  if (principal.type !== 'user' || !may(principal, 'ticket:read_own')) return NOTHING;
  return [where('created_by = ?', principal.id), where('assignee_id = ?', principal.id)];
}
