import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PermissionTable } from '../../src/access/permission.table.js';
import { settings } from '../../src/platform/settings/settings.js';
import { ROOT } from './server.js';

type Table = ConstructorParameters<typeof PermissionTable>[0];

/** Adds roles to those as shipped; before anybody who has one of them signs in. */
export function addRoles(roles: Table): void {
  const shipped = JSON.parse(readFileSync(join(ROOT, 'config/permissions.json'), 'utf8')) as Table;
  settings.replace({ ...settings.current, permissions: new PermissionTable({ ...shipped, ...roles }) });
}
