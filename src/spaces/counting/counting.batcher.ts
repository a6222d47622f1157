import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { problemOf } from '../../platform/errors/problem.filter.js';
import { Problem } from '../../platform/errors/problem.js';
import { againOnCollision } from './collisions.js';
import type { CountOperation, CountOutcome } from './count.operation.js';
import { CountingWork } from './counting.work.js';

interface Waiting {
  operation: CountOperation;
  resolve: (outcome: CountOutcome) => void;
  reject: (error: unknown) => void;
}

/** Transactions at a time. A second one would wait for the lock of a hot space with half of what could share the next commit. */
const AT_A_TIME = 1;
const MOST_EVENTS_TOGETHER = 2_000;

/**
 * Lets requests that wait while a transaction is in flight share the next one. A commit costs the same for one event and
 * for a hundred, and a hot space has only one row.
 */
@Injectable()
export class CountingBatcher {
  private waiting: Waiting[] = [];
  private running = 0;

  constructor(
    private readonly database: Database,
    private readonly work: CountingWork,
  ) {}

  /** @returns once the count is durable. @throws Problem when the request as a whole is refused. */
  submit(operation: CountOperation): Promise<CountOutcome> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ operation, resolve, reject });
      // What arrives in the same turn of the event loop goes together.
      if (this.waiting.length === 1) setImmediate(() => this.dispatch());
    });
  }

  private dispatch(): void {
    while (this.running < AT_A_TIME && this.waiting.length > 0) {
      this.running += 1;
      void this.runAll(this.take()).finally(() => {
        this.running -= 1;
        this.dispatch();
      });
    }
  }

  private take(): Waiting[] {
    let events = 0;
    const end = this.waiting.findIndex(({ operation }, index) => {
      events += operation.events.length;
      return index > 0 && events > MOST_EVENTS_TOGETHER;
    });
    return this.waiting.splice(0, end === -1 ? this.waiting.length : end);
  }

  private async runAll(batch: Waiting[]): Promise<void> {
    const transaction = () => this.transaction(batch);
    try {
      settle(batch, await (batch.length === 1 ? againOnCollision(transaction) : transaction()));
    } catch (error) {
      // A database that is away is away for all; any other error may be due to one request, which then fails alone.
      if (batch.length === 1 || isAway(error)) for (const { reject } of batch) reject(error);
      else for (const one of batch) await this.runAll([one]);
    }
  }

  private transaction(batch: Waiting[]): Promise<(CountOutcome | Problem)[]> {
    return this.database.transaction((tx) =>
      this.work.run(
        tx,
        batch.map(({ operation }) => operation),
      ),
    );
  }
}

function settle(batch: Waiting[], outcomes: (CountOutcome | Problem)[]): void {
  for (const [index, { resolve, reject }] of batch.entries()) {
    const outcome = outcomes[index];
    if (outcome instanceof Problem) reject(outcome);
    else if (outcome !== undefined) resolve(outcome);
  }
}

const isAway = (error: unknown): boolean => !(error instanceof Problem) && problemOf(error).status === 503;
