import { type Condition, where } from '../platform/pagination/page.reading.js';
import type { Permission } from './permissions.js';
import type { Principal } from './principal.js';
import { may } from './rights.js';

/** Which rows of a kind a principal sees: alternatives of which one must hold, none for all of them. */
export type Visible = readonly Condition[];

export const EVERYTHING: Visible = [];
export const NOTHING: Visible = [where('false')];

/**
 * A kind of which a principal sees all or nothing. Each feature asks its rule in every read, so that lists, counts,
 * single reads, histories, changes, exports and legacy APIs show the same.
 */
export const allWith =
  (permission: Permission) =>
  (principal: Principal): Visible =>
    may(principal, permission) ? EVERYTHING : NOTHING;
