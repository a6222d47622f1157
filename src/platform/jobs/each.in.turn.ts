import { log } from '../log/log.js';

/**
 * Does the work for one after the other. One that fails must not keep the others from their turn: the job fails in the
 * end and is tried again.
 * @param failed what the log says of one that failed, which is beside it.
 * @throws AggregateError of all failures, when each has had its turn or the signal has come.
 */
export async function eachInTurn(
  items: Iterable<string> | AsyncIterable<string>,
  work: (item: string) => Promise<unknown>,
  { failed, signal }: { failed: string; signal?: AbortSignal | undefined },
): Promise<void> {
  const failures: unknown[] = [];
  for await (const item of items) {
    if (signal?.aborted) break;
    try {
      await work(item);
    } catch (error) {
      log.error({ err: error, item }, failed);
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failed}: ${failures.length} times`);
}
