import { declarePermissions } from '../access/permissions.js';

export const PERMISSIONS = declarePermissions({
  'employee:read': 'see employees',
  'employee:create': 'create employees',
  'employee:update': 'change employees',
  'employee:delete': 'delete employees',
});

declare module '../access/permissions.js' {
  interface PermissionNames extends Record<keyof typeof PERMISSIONS, true> {}
}

declare module '../platform/errors/problem.js' {
  interface ProblemCodes {
    email_taken: 409;
    phone_taken: 409;
  }
  interface SubjectKinds {
    employee: true;
  }
}

declare module '../access/audit/audit.js' {
  interface AuditActions {
    employee: 'create' | 'update' | 'delete';
  }
}
