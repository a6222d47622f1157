import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PermissionTable } from '../../src/access/permissions.js';
import type { Instance } from './desk.js';
import { ROOT } from './server.js';

type Table = ConstructorParameters<typeof PermissionTable>[0];

/** Adds roles to those as shipped; before anybody who has one of them signs in. */
export function addRoles({ app }: Instance, roles: Table): void {
  const shipped = JSON.parse(readFileSync(join(ROOT, 'config/permissions.json'), 'utf8')) as Table;
  app.get(PermissionTable).become(new PermissionTable({ ...shipped, ...roles }));
}
