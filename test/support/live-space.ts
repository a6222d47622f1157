import { randomUUID } from 'node:crypto';
import { CountHooks } from '../../src/spaces/counting/count.hooks.js';
import type { Desk, Instance } from './desk.js';

/** A space made and counted in SQL: for tests of what watches, not of what counts. */
export class LiveSpace {
  private constructor(
    private readonly desk: Desk,
    readonly id: string,
  ) {}

  static async make(desk: Desk): Promise<LiveSpace> {
    const id = randomUUID();
    await desk.database.query({
      text: `INSERT INTO spaces (id, path, kind, name, capacity) VALUES ($1, ARRAY[$1::uuid], 'room', 'Reading room', 120)`,
      values: [id],
    });
    await desk.database.query({ text: 'INSERT INTO space_counts (space_id) VALUES ($1)', values: [id] });
    return new LiveSpace(desk, id);
  }

  /** Changes the number as a commit of the counting does. @returns the new `seq`. */
  async add(people: number): Promise<number> {
    const [row] = await this.desk.database.query<{ seq: number }>({
      text: `UPDATE space_counts SET inside = inside + $2, seq = seq + 1, changed_at = clock_timestamp()
             WHERE space_id = $1 RETURNING seq`,
      values: [this.id, people],
    });
    return row?.seq ?? 0;
  }

  /** As the counting of one instance notifies what it has committed. */
  announce(on: Instance = this.desk): void {
    on.app.get(CountHooks).changed([this.id]);
  }

  /** Counts and notifies. */
  async count(people: number, on?: Instance): Promise<number> {
    const seq = await this.add(people);
    this.announce(on);
    return seq;
  }
}
