import { operatorContext } from '../../../access/context.js';
import type { Queryable, Tx } from '../../../platform/database/database.js';
import { StartupError } from '../../../platform/errors/startup-error.js';
import type { UserWrites } from '../../../users/user.writes.js';

/** Whom the first start makes. Untouched they hold nobody's work and are replaced. */
const FIRST_USERS = ['admin', 'manager', 'support'];

/** @throws StartupError when the installation has data of its own, or its first users have been used. */
export async function assertUnused(db: Queryable): Promise<void> {
  const [row] = await db.query<{ used: boolean }>({
    text: `SELECT EXISTS (SELECT FROM tickets) OR EXISTS (SELECT FROM employees)
             OR EXISTS (SELECT FROM users WHERE version > 1 OR NOT (username = ANY($1)))
             OR EXISTS (SELECT FROM sessions)
             OR EXISTS (SELECT FROM audit WHERE principal_type = 'user') AS used`,
    values: [FIRST_USERS],
  });
  if (row?.used === false) return;
  throw new StartupError(
    'The installation is in use: it has employees, tickets, or users other than the untouched first ones. ' +
      'Import into an empty one: set DATA_DIR or DATABASE_URL to a new place.',
  );
}

/** Users who can act follow in the same transaction. */
export async function removeFirstUsers(tx: Tx, command: string, users: UserWrites): Promise<void> {
  const rows = await tx.query<{ id: number }>({ text: 'SELECT id FROM users ORDER BY id' });
  for (const { id } of rows) await users.remove(tx, operatorContext(command), id, { replaced: true });
}

/** Lets new rows begin after this id; needs the owner of the schema. */
export async function continueAfter(
  tx: Queryable,
  table: 'users' | 'employees' | 'tickets',
  highestId: number,
): Promise<void> {
  await tx.query({ text: `ALTER TABLE ${table} ALTER COLUMN id RESTART WITH ${highestId + 1}` });
}
