import { Users1764000000001 } from './0001-users.js';
import { Sessions1764000000002 } from './0002-sessions.js';
import { Employees1764000000003 } from './0003-employees.js';
import { Tickets1764000000004 } from './0004-tickets.js';
import { Audit1764000000005 } from './0005-audit.js';
import { Idempotency1764000000006 } from './0006-idempotency.js';
import { Spaces1764000000007 } from './0007-spaces.js';
import { TicketSpace1764000000008 } from './0008-ticket-space.js';
import { Maintenance1764000000009 } from './0009-maintenance.js';
import { SignInLocks1764000000010 } from './0010-sign-in-locks.js';
import { ForgetFingerprints1764000000011 } from './0011-forget-fingerprints.js';
import { TicketStatusCreated1764000000012 } from './0012-ticket-status-created.js';
import { House1764000000013 } from './0013-house.js';
import { AuditBackfill1764000000014 } from './0014-audit-backfill.js';

/** In the order in which they run. */
export const migrations = [
  Users1764000000001,
  Sessions1764000000002,
  Employees1764000000003,
  Tickets1764000000004,
  Audit1764000000005,
  Idempotency1764000000006,
  Spaces1764000000007,
  TicketSpace1764000000008,
  Maintenance1764000000009,
  SignInLocks1764000000010,
  ForgetFingerprints1764000000011,
  TicketStatusCreated1764000000012,
  House1764000000013,
  AuditBackfill1764000000014,
];
