import { operatorContext } from '../../access/context.js';
import { type AuditActions, sourceOf, writeAudit } from '../../access/audit/audit.js';
import type { Database, Tx } from '../../platform/database/database.js';
import {
  type Plan,
  readMaintenance,
  removeMaintenance,
  replaceMaintenance,
} from '../../platform/maintenance/maintenance.repository.js';
import type { Maintenance } from '../../platform/maintenance/maintenance.schemas.js';

declare module '../../access/audit/audit.js' {
  interface AuditActions {
    maintenance: 'on' | 'off';
  }
}

/** What an operator does about maintenance. It asks for nothing but the database, which may be all that still works. */
export class MaintenanceService {
  constructor(private readonly database: Database) {}

  current(): Promise<Maintenance> {
    return readMaintenance(this.database);
  }

  /** Announces a maintenance, in place of an earlier one. */
  announce(plan: Plan): Promise<Maintenance> {
    return this.database.transaction(async (tx) => {
      const before = await held(tx);
      const after = await replaceMaintenance(tx, plan);
      record(tx, 'on', before, after);
      return after;
    });
  }

  /** @returns what was ended, or what there was: nothing. */
  end(): Promise<Maintenance> {
    return this.database.transaction(async (tx) => {
      const before = await held(tx);
      if (before.state === 'none') return before;
      await removeMaintenance(tx);
      record(tx, 'off', before, undefined);
      return before;
    });
  }
}

/** Two operators at once are two changes, one after the other, in the audit as well. */
async function held(tx: Tx): Promise<Maintenance> {
  await tx.query({ text: 'LOCK TABLE maintenance IN SHARE ROW EXCLUSIVE MODE' });
  return readMaintenance(tx);
}

function record(
  tx: Tx,
  action: AuditActions['maintenance'],
  before: Maintenance,
  after: Maintenance | undefined,
): void {
  writeAudit(tx, sourceOf(operatorContext(`maintenance ${action}`)), {
    action: `maintenance.${action}`,
    subject_type: 'maintenance',
    subject_id: 'service',
    ...(before.state !== 'none' && { before: planOf(before) }),
    ...(after && { after: planOf(after) }),
  });
}

const planOf = ({ mode, starts_at, message }: Maintenance) => ({ mode, starts_at, message });
