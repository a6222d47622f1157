import { Problem } from '../../platform/errors/problem.js';

const TRIES = 3;

/** Whether another transaction has just counted the same event_id in another tree, or moved a tree. */
const isCollision = (error: unknown): boolean =>
  (error as { constraint?: string }).constraint === 'space_events_event_id_key' ||
  (error instanceof Problem && error.status === 503);

/** Repeats a transaction that collided with another one: the repetition sees what that one has committed. */
export async function againOnCollision<T>(transaction: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (tries === TRIES || !isCollision(error)) throw error;
    }
  }
}
