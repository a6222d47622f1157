import { Problem } from '../../platform/errors/problem.js';

const TRIES = 3;

/** An event_id that another transaction has just counted in another tree, or a tree that was moved. */
const isCollision = (error: unknown): boolean =>
  (error as { constraint?: string }).constraint === 'space_events_event_id_key' ||
  (error instanceof Problem && error.status === 503);

/** Runs a transaction that counts again when it met another one: it then sees what that has counted, and answers by it. */
export async function againOnCollision<T>(transaction: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (tries === TRIES || !isCollision(error)) throw error;
    }
  }
}
