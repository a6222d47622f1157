const AUDIT_SPEC = 'test/e2e/audit-rows.spec.ts';

/** The break by which a write leaves no audit row: the row is made and dropped. */
export const audited = (what, file, action, operation, { source = 'sourceOf(now)', indent = 8 } = {}) => ({
  what,
  file,
  from: `writeAudit(tx, ${source}, {\n${' '.repeat(indent)}action: '${action}',`,
  to: `Object({\n action: '${action}',`,
  red: [[AUDIT_SPEC, operation]],
});
