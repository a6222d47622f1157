import { declarePermissions } from '../access/permissions.js';

export const PERMISSIONS = declarePermissions({
  'space:read': 'see spaces, their doors, numbers and history',
  'space:watch': 'watch a space live',
  'space:count': 'count people: events, increments and decrements',
  'space:correct': 'correct a count: recounts and resets',
  'space:create': 'create spaces',
  'space:update': 'change spaces: capacity, hours, thresholds, and what happens at the capacity',
  'space:delete': 'delete spaces',
  'door:manage': 'create, change and delete doors',
  'device:read': 'see devices',
  'device:manage': 'create, change, rotate, revoke and delete devices',
  'display:read': 'see which displays a space has',
  'display:manage': 'make and revoke the tokens of displays',
});

declare module '../access/permissions.js' {
  interface PermissionNames extends Record<keyof typeof PERMISSIONS, true> {}
}

declare module '../platform/errors/problem.js' {
  interface ProblemCodes {
    id_taken: 409;
    has_children: 409;
    device_revoked: 409;
    capacity_reached: 409;
    nobody_inside: 409;
    event_mismatch: 409;
    too_late: 422;
    in_future: 422;
    before_counting: 422;
  }
  interface SubjectKinds {
    space: true;
    door: true;
    device: true;
    'display token': true;
    alert: true;
  }
}

declare module '../access/audit/audit.js' {
  interface AuditActions {
    /** `anchor` is a recount: stored actions keep their words. */
    space: 'create' | 'update' | 'delete' | 'anchor';
    door: 'create' | 'update' | 'delete';
    device: 'create' | 'update' | 'rotate' | 'revoke' | 'delete';
    display_token: 'create' | 'delete';
  }
}
