import { declarePermissions } from '../access/permissions.js';

export const PERMISSIONS = declarePermissions({
  'user:read': 'see users',
  'user:create': 'create users',
  'user:delete': 'delete users',
  'user:update_contacts': "change a user's names, phone and e-mail",
  'user:update_disabled': 'disable and enable users',
  'user:update_login_denied': 'deny and allow sign-in',
  'user:update_username': "change a user's username",
  'user:update_roles': {
    description: "change a user's roles",
    neededBecause: 'nobody could ever give a role',
  },
  'user:update_password': "set another user's password",
});

declare module '../access/permissions.js' {
  interface PermissionNames extends Record<keyof typeof PERMISSIONS, true> {}
}

declare module '../platform/errors/problem.js' {
  interface ProblemCodes {
    wrong_password: 422;
    username_taken: 409;
    email_taken: 409;
    phone_taken: 409;
    last_admin: 409;
  }
  interface SubjectKinds {
    user: true;
    role: true;
  }
}

declare module '../access/audit/audit.js' {
  interface AuditActions {
    user: 'create' | 'update' | 'delete' | 'password' | 'unlock';
    sign_in: 'locked' | 'unlocked';
  }
}
