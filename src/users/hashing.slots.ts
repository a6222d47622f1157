import { unavailable } from '../platform/errors/problem.js';

/** Verifications wait in a short line, new hashes for writes in a long one: a login flood is no reason to refuse a write. */
export type Line = 'verify' | 'hash';

interface Room {
  running: number;
  verify: number;
  hash: number;
}

/** Lets few password hashes run at a time: each holds one of the four threads that WebCrypto and files also need. */
export class HashingSlots {
  private readonly waiting: Record<Line, (() => void)[]> = { verify: [], hash: [] };
  private running = 0;
  private served: Line = 'hash';

  constructor(private readonly room: Room) {}

  /**
   * Runs the work when a slot is free.
   * @throws Problem 503 when the line is full already.
   */
  async run<T>(line: Line, work: () => Promise<T>): Promise<T> {
    if (this.running < this.room.running) this.running += 1;
    else await this.wait(line);
    try {
      return await work();
    } finally {
      this.running -= 1;
      this.callNext();
    }
  }

  private wait(line: Line): Promise<void> {
    const queue = this.waiting[line];
    if (queue.length >= this.room[line]) {
      throw unavailable('Too many passwords are being checked at the moment. Send the request again.', 1);
    }
    return new Promise((resolve) => queue.push(resolve));
  }

  /** Gives what is free, which a reload may have changed, to the next in line, the two lines taking turns. */
  private callNext(): void {
    while (this.running < this.room.running) {
      const other: Line = this.served === 'verify' ? 'hash' : 'verify';
      const line = [other, this.served].find((name) => this.waiting[name].length > 0);
      if (line === undefined) return;
      this.served = line;
      this.running += 1;
      this.waiting[line].shift()?.();
    }
  }
}
