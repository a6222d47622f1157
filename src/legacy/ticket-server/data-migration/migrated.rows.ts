import { z } from 'zod';
import type { Outcome } from '../../../platform/bulk/bulk.import.js';

/** A row of the ticket server's database, by the names that our schemas have; what was NULL or empty is left out. */
export interface MigratedRow {
  id: number;
  values: Record<string, unknown>;
}

/** Good rows as they are to be stored, and for the others why they are left out; `line` is the id. */
export interface CheckedRows<T> {
  good: T[];
  bad: Outcome[];
}

const OLDEST = '1900-01-01';

/** `YYYY-MM-DD HH:MM:SS` in UTC, also with fractions of a second, as ISO 8601. */
export const sourceTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?$/, 'must be a time such as 2024-05-31 09:30:00')
  .transform((time) => `${time.replace(' ', 'T')}Z`)
  .pipe(z.iso.datetime('is no time that exists').refine((time) => time >= OLDEST, `lies before ${OLDEST}`));

interface SourceTimes {
  created: string;
  updated?: string | undefined;
}

/** The ticket server knows no version, only whether a row was changed since it was made. */
export const versionAndTimes = ({ created, updated }: SourceTimes) => ({
  version: updated === undefined ? 1 : 2,
  created_at: created,
  updated_at: updated ?? created,
});
