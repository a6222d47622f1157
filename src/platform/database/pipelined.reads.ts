import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';

interface Waiting {
  statement: QueryConfig;
  resolve: (result: QueryResult) => void;
  reject: (error: Error) => void;
}

/**
 * A few connections of the pool shared by statements that take microseconds, such as reads by primary key.
 * What is asked in one turn of the event loop leaves in one write and comes back in one read, which costs a fraction
 * of a connection for each. Each statement still stands alone: one that fails does not touch its neighbours.
 * Slow statements do not belong here: those after them would wait.
 */
export class PipelinedReads {
  private readonly clients: (PoolClient | undefined)[];
  private waiting: Waiting[] = [];
  private next = 0;
  private closed = false;

  constructor(
    private readonly pool: Pool,
    size: number,
  ) {
    this.clients = Array.from({ length: size }, () => undefined);
  }

  query(statement: QueryConfig): Promise<QueryResult> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length === 0) setImmediate(() => this.flush());
      this.waiting.push({ statement, resolve, reject });
    });
  }

  /** Gives the connections back, so that the pool can end. */
  close(): void {
    this.closed = true;
    for (const slot of this.clients.keys()) this.drop(slot);
  }

  private flush(): void {
    const batch = this.waiting;
    this.waiting = [];
    this.next = (this.next + 1) % this.clients.length;
    const slot = this.next;
    const client = this.clients[slot];
    // While a connection is closed or opens, the pool runs its statements.
    if (client === undefined && !this.closed) void this.open(slot);
    const carrier = client ?? this.pool;
    for (const { statement, resolve, reject } of batch) carrier.query(statement).then(resolve, reject);
  }

  private readonly opening = new Set<number>();

  private async open(slot: number): Promise<void> {
    if (this.opening.has(slot)) return;
    this.opening.add(slot);
    try {
      const client = await this.pool.connect();
      // An old connection may report its end when its successor already runs.
      const lost = (): void => {
        if (this.clients[slot] === client) this.drop(slot);
      };
      client.on('error', lost);
      client.on('end', lost);
      this.clients[slot] = client;
      if (this.closed) this.drop(slot);
    } catch {
      // The statements of this turn went to the pool and report the failure; the next turn tries again.
    } finally {
      this.opening.delete(slot);
    }
  }

  private drop(slot: number): void {
    const client = this.clients[slot];
    this.clients[slot] = undefined;
    client?.release(true);
  }
}
