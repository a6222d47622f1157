import { unavailable } from './errors/problem.js';

/** Lets few do at a time what costs much, in the order in which they came; the others wait, and cost nothing meanwhile. */
export class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param refusal what is said to whoever finds the line full. */
  constructor(
    private readonly atOnce: number,
    private readonly mostWaiting: number,
    private readonly refusal: string,
  ) {}

  /** @throws Problem 503 when too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.atOnce) this.running += 1;
    else await this.wait();
    try {
      return await work();
    } finally {
      // Whoever is next takes the place over, so that nobody slips in between.
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }

  private wait(): Promise<void> {
    if (this.waiting.length >= this.mostWaiting) throw unavailable(this.refusal, 2);
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
