import { conflict } from './problem.js';

const FOREIGN_KEY_VIOLATION = '23503';

/** Turns "other rows refer to it" into a 409 that says what to do instead. */
export async function inUseWhenReferred<T>(removal: Promise<T>, detail: string): Promise<T> {
  try {
    return await removal;
  } catch (error) {
    if ((error as { code?: string }).code === FOREIGN_KEY_VIOLATION) throw conflict('in_use', detail);
    throw error;
  }
}
