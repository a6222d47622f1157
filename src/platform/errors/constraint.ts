import { conflict } from './problem.js';

const FOREIGN_KEY_VIOLATION = '23503';

/**
 * Turns "other rows refer to it" into a 409 that says what to do instead.
 * @param details by the table that refers to it.
 */
export async function inUseWhenReferred<T>(removal: Promise<T>, details: Record<string, string>): Promise<T> {
  try {
    return await removal;
  } catch (error) {
    const { code, table = '' } = error as { code?: string; table?: string };
    if (code === FOREIGN_KEY_VIOLATION)
      throw conflict('in_use', details[table] ?? `There are ${table} that refer to it.`);
    throw error;
  }
}
