import type { Tx } from '../../platform/database/database.js';
import { unavailable } from '../../platform/errors/problem.js';
import { newUuid } from '../../platform/new-uuid.js';
import { type CountedSpace, shownOf, touch } from './counted.space.js';
import type { CountHooks, LevelChange } from './count.hooks.js';
import type { Micros } from './instant.js';
import type { Level } from './level.js';
import {
  type DoorEnds,
  type KnownEvent,
  type LedgerRepository,
  type LedgerRow,
  type Marks,
  writesOf,
} from './ledger.repository.js';
import { nextReset, type ResetSchedule } from './reset.schedule.js';

const NEVER = Number.POSITIVE_INFINITY;

/** Who or what caused a change of the count. */
export interface Source {
  user_id: number | null;
  device_id: string | null;
}

const NOBODY: Source = { user_id: null, device_id: null };

type RowMembers = Pick<LedgerRow, 'event_id' | 'kind'> & Partial<LedgerRow>;

/** What a transaction needs of the ledger. */
interface Needs {
  spaceIds: string[];
  doorIds?: string[];
  eventIds?: string[];
}

/**
 * The counts of some trees of spaces, locked for one transaction. Every change of a count goes through here: it is computed
 * in memory under the lock of the roots and written together with the commit.
 */
export class Ledger {
  readonly known = new Map<string, KnownEvent>();
  readonly doors = new Map<string, DoorEnds>();
  private readonly spaces = new Map<string, CountedSpace>();
  private rows: LedgerRow[] = [];
  private readonly marks: Marks = new Map();
  /** The changed spaces with the levels that they had. */
  private readonly changed = new Map<string, Level>();
  /** Moments of recounts from the earliest one that was asked for; only loaded when something comes late. */
  private recounts: Map<string, Micros[]> | undefined;
  private recountsFrom: Micros = NEVER;
  private clock: Micros = 0;

  private constructor(
    private readonly tx: Tx,
    private readonly repository: LedgerRepository,
  ) {}

  /**
   * Locks and reads, in one round trip.
   * @throws Problem 503 when a tree was moved under another root meanwhile.
   */
  static async open(
    tx: Tx,
    repository: LedgerRepository,
    { spaceIds, doorIds = [], eventIds = [] }: Needs,
  ): Promise<Ledger> {
    const ledger = new Ledger(tx, repository);
    const [roots, spaces, doors, known] = await Promise.all([
      repository.lockRoots(tx, spaceIds, doorIds),
      repository.spaces(tx, spaceIds, doorIds),
      doorIds.length === 0 ? [] : repository.doors(tx, doorIds),
      eventIds.length === 0 ? [] : repository.knownEvents(tx, eventIds),
    ]);
    const locked = new Set(roots.map(({ space_id }) => space_id));
    for (const space of spaces) {
      if (!locked.has(space.path[0] as string))
        throw unavailable('The spaces are being moved. Send the request again.', 1);
      ledger.spaces.set(space.id, space);
    }
    for (const door of doors) ledger.doors.set(door.id, door);
    for (const event of known) ledger.known.set(event.event_id, event);
    // The clocks of two instances may differ: the time of one tree never decreases.
    ledger.clock = Math.max(0, ...spaces.flatMap(({ read_at, changed_at }) => [read_at, changed_at]));
    return ledger;
  }

  get now(): Micros {
    return this.clock;
  }

  /** A moment of its own for what happens now, so that the times show the order of counting. */
  tick(): Micros {
    this.clock += 1;
    return this.clock;
  }

  space(id: string): CountedSpace | undefined {
    return this.spaces.get(id);
  }

  /** A space and all that contain it, from the bottom up. */
  chain(id: string | null): CountedSpace[] {
    const space = id === null ? undefined : this.spaces.get(id);
    return (space?.path ?? []).toReversed().map((part) => this.spaces.get(part) as CountedSpace);
  }

  /**
   * Adds people to spaces at a moment, from the bottom up. What a later recount sets is not changed by it: the
   * effect on a space ends with the first recount of that space or of one below it on the way.
   * @param until from when on the change has no effect, since a recount below it follows.
   */
  async spread(
    nodes: CountedSpace[],
    at: Micros,
    delta: number,
    members: RowMembers,
    targetId?: string,
    until: Micros = NEVER,
  ): Promise<void> {
    let absorbed = until;
    for (const node of nodes) {
      const own = await this.nextRecount(node, at, members.kind === 'carry');
      this.add(node, at, delta, { ...members, target: node.id === targetId });
      if (absorbed < own) this.add(node, absorbed, -delta, { event_id: members.event_id, kind: 'carry' });
      else if (own === NEVER) this.change(node, delta);
      absorbed = Math.min(absorbed, own);
    }
  }

  /**
   * Sets the count of a space at a moment, whatever came before; later events are added to it.
   * @param kind `anchor` is stored for a recount by hand, `reset` for a daily one.
   */
  async recount(
    node: CountedSpace,
    at: Micros,
    value: number,
    {
      kind,
      reason = null,
      source = NOBODY,
    }: { kind: 'anchor' | 'reset'; reason?: string | null; source?: Source },
  ): Promise<void> {
    const isPresent = at === this.clock;
    const later = isPresent ? NEVER : await this.nextRecount(node, at, false);
    const delta = value - (isPresent ? node.inside : await this.valueBefore(node, at));
    const event_id = newUuid();
    this.add(node, at, delta, { event_id, kind, value, reason, ...source, target: kind === 'anchor' });
    this.recounts?.get(node.id)?.push(at);
    this.recounts?.get(node.id)?.sort((a, b) => a - b);
    if (later === NEVER) {
      node.anchored_at = at;
      this.change(node, delta);
    }
    if (delta === 0) return;
    await this.spread(this.chain(node.id).slice(1), at, delta, { event_id, kind: 'carry' }, undefined, later);
  }

  /** Writes the resets that lie between a moment in the past and now, and have not been written yet. */
  async resetAfter(nodes: CountedSpace[], moment: Micros): Promise<void> {
    for (const node of nodes) {
      const schedules = this.schedulesOf(node);
      if (schedules.length === 0) continue;
      const next = Math.min(...schedules.map((schedule) => nextReset(schedule, moment)));
      if (next <= this.clock && !(await this.hasRecount(node, next)))
        await this.recount(node, next, 0, { kind: 'reset' });
    }
  }

  /** The schedules that apply to a space: its own, and those of all that contain it. */
  schedulesOf(node: CountedSpace): ResetSchedule[] {
    const schedules: ResetSchedule[] = [];
    let zone = 'UTC';
    for (const { time_zone, reset_at, reset_since } of this.chain(node.id).toReversed()) {
      zone = time_zone ?? zone;
      if (reset_at !== null && reset_since !== null) schedules.push({ zone, reset_at, reset_since });
    }
    return schedules;
  }

  async hasRecount(node: CountedSpace, at: Micros): Promise<boolean> {
    if (node.anchored_at === null || node.anchored_at < at) return false;
    if (node.anchored_at === at) return true;
    return (await this.recountsOf(node, at)).includes(at);
  }

  /** The count that a recount at this moment would replace. */
  async valueBefore(node: CountedSpace, at: Micros): Promise<number> {
    await this.flush();
    // Computed backwards from now, unless a recount lies in between: old events may be deleted already.
    if (node.anchored_at === null || node.anchored_at < at)
      return node.inside - (await this.repository.countedFrom(this.tx, node.id, at));
    return this.repository.valueBefore(this.tx, node.id, at);
  }

  /** Computes the level of a space again after a change of its settings. */
  recalculateLevel(node: CountedSpace): void {
    this.change(node, 0);
  }

  /**
   * Writes all changes; nothing may be counted with this ledger afterwards.
   * @param atCommit in one round trip with the commit, for a transaction that reads no count again.
   */
  async save(hooks: CountHooks, { atCommit = false } = {}): Promise<void> {
    const spaces = [...this.changed.keys()].map((id) => this.spaces.get(id) as CountedSpace);
    const writes = writesOf(spaces, this.rows, this.marks);
    if (atCommit) for (const write of writes) this.tx.atCommit(write);
    else await Promise.all(writes.map((write) => this.tx.query(write)));
    const levels = spaces.flatMap((space): LevelChange[] => {
      const from = this.changed.get(space.id) as Level;
      if (from === space.level) return [];
      const { id, level: to, capacity, changed_at: at } = space;
      return [{ space_id: id, from, to, occupancy: shownOf(space.inside), capacity, at }];
    });
    if (levels.length > 0) await hooks.levelsChanged(this.tx, levels);
    if (spaces.length > 0) this.tx.afterCommit(() => hooks.changed(spaces.map(({ id }) => id)));
  }

  private change(node: CountedSpace, delta: number): void {
    if (!this.changed.has(node.id)) this.changed.set(node.id, node.level);
    node.inside += delta;
    touch(node, this.clock);
  }

  private add(node: CountedSpace, at: Micros, delta: number, members: RowMembers): void {
    this.rows.push({
      value: null,
      target: false,
      door_id: null,
      device_id: null,
      user_id: null,
      reason: null,
      ...members,
      space_id: node.id,
      at,
      delta,
      recorded_at: this.clock,
    });
    const { since, until } = this.marks.get(node.id) ?? { since: at, until: at };
    this.marks.set(node.id, { since: Math.min(since, at), until: Math.max(until, at) });
  }

  /** The first recount after a moment. @param inclusive also one at the moment itself, for what is applied before it. */
  private async nextRecount(node: CountedSpace, at: Micros, inclusive: boolean): Promise<Micros> {
    const { anchored_at } = node;
    if (anchored_at === null || anchored_at < at || (anchored_at === at && !inclusive)) return NEVER;
    const recounts = await this.recountsOf(node, at);
    return recounts.find((moment) => moment > at || (inclusive && moment === at)) ?? NEVER;
  }

  private async recountsOf(node: CountedSpace, from: Micros): Promise<Micros[]> {
    if (this.recounts === undefined || from < this.recountsFrom) {
      await this.flush();
      const found = await this.repository.recounts(this.tx, [...this.spaces.keys()], from);
      this.recounts = new Map([...this.spaces.keys()].map((id) => [id, []]));
      this.recountsFrom = from;
      for (const { space_id, at } of found) this.recounts.get(space_id)?.push(at);
    }
    return this.recounts.get(node.id) ?? [];
  }

  /** Writes the rows so far, before a query that must find them. */
  private async flush(): Promise<void> {
    const { rows } = this;
    this.rows = [];
    if (rows.length > 0) await this.repository.insertRows(this.tx, rows);
  }
}
