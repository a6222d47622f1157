import { declarePermissions } from '../access/permissions.js';

export const PERMISSIONS = declarePermissions({
  'ticket:read': { description: 'see tickets and their history', implies: 'ticket:read_own' },
  'ticket:read_own': 'see the tickets that you opened or are assigned to, and their history',
  'ticket:create': 'open tickets',
  'ticket:update': 'change tickets, and be their assignee',
  'ticket:delete': 'delete tickets',
});

declare module '../access/permissions.js' {
  interface PermissionNames extends Record<keyof typeof PERMISSIONS, true> {}
}

declare module '../platform/errors/problem.js' {
  interface ProblemCodes {
    transition_refused: 409;
  }
  interface SubjectKinds {
    ticket: true;
  }
}

declare module '../access/audit/audit.js' {
  interface AuditActions {
    ticket: 'create' | 'update' | 'delete';
  }
}
