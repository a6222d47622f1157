import type { Queryable } from '../database/database.js';
import { type Maintenance, type Mode, NONE } from './maintenance.schemas.js';

/** What an operator plans. */
export interface Plan {
  mode: Mode;
  /** ISO 8601; undefined: at once. */
  starts_at: string | undefined;
  message: string | null;
}

// The database's clock decides, so that instances whose clocks differ agree on the moment.
const COLUMNS = `mode, starts_at, message, CASE WHEN starts_at <= now() THEN 'active' ELSE 'scheduled' END AS state`;

export async function readMaintenance(db: Queryable): Promise<Maintenance> {
  const [row] = await db.query<Maintenance>({
    prepare: true,
    pipelined: true,
    text: `SELECT ${COLUMNS} FROM maintenance`,
  });
  return row ?? NONE;
}

/** There is one at a time: a new plan takes the place of the old. */
export async function replaceMaintenance(db: Queryable, plan: Plan): Promise<Maintenance> {
  const [row] = await db.query<Maintenance>({
    text: `INSERT INTO maintenance (mode, starts_at, message) VALUES ($1, coalesce($2, now()), $3)
           ON CONFLICT (singleton) DO UPDATE
           SET mode = excluded.mode, starts_at = excluded.starts_at, message = excluded.message
           RETURNING ${COLUMNS}`,
    values: [plan.mode, plan.starts_at ?? null, plan.message],
  });
  return row ?? NONE;
}

export async function removeMaintenance(db: Queryable): Promise<void> {
  await db.query({ text: 'DELETE FROM maintenance' });
}
