import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { notFound, type Problem } from '../../platform/errors/problem.js';
import { encodeMessage } from '../../platform/sse/event.stream.js';
import { log } from '../../platform/log/log.js';
import { CountingService } from '../counting/counting.service.js';
import type { SpaceState } from '../counting/counted.space.js';
import { LiveSession } from './live.session.js';
import { LiveRepository } from './live.repository.js';
import { system } from '../../access/principal.js';

/** The least time between two reads of changed spaces, which are read together. */
const TICK_MS = 50;
/** How often all watched spaces are compared: the longest delay of a change whose notification was lost. */
const COMPARE_MS = 2_000;

/** Somebody who watches one space. */
export interface Watcher {
  /** The state that it has seen last. */
  seq: number;
  show(message: Buffer): void;
  end(problem: Problem): void;
}

interface Watched {
  seq: number;
  watchers: Set<Watcher>;
}

export const stateMessage = (state: SpaceState): Buffer =>
  encodeMessage({ event: 'state', id: state.seq, data: state });

/** Shows each change of a space to all who watch it on this instance: read once, serialised once, sent to all. */
@Injectable()
export class SpaceHub implements OnModuleInit, OnModuleDestroy {
  private readonly watched = new Map<string, Watched>();
  private readonly changed = new Set<string>();
  private tick: NodeJS.Timeout | undefined;
  private readAt = Number.NEGATIVE_INFINITY;
  private isReading = false;
  private comparing: NodeJS.Timeout | undefined;
  private confirmedAt = Number.NEGATIVE_INFINITY;

  constructor(
    session: LiveSession,
    private readonly counting: CountingService,
    private readonly repository: LiveRepository,
  ) {
    session.whenChanged((ids) => this.mark(ids));
    session.whenResumed(() => this.compare());
  }

  onModuleInit(): void {
    this.comparing = setInterval(() => void this.compare(), COMPARE_MS);
    this.comparing.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.comparing);
    clearTimeout(this.tick);
  }

  /** Whether all watchers had the current state at some moment of the last so many milliseconds. */
  isCurrentWithin(milliseconds: number): boolean {
    return performance.now() - this.confirmedAt < milliseconds;
  }

  watch(spaceId: string, watcher: Watcher): void {
    const known = this.watched.get(spaceId);
    if (known === undefined) this.watched.set(spaceId, { seq: watcher.seq, watchers: new Set([watcher]) });
    else known.watchers.add(watcher);
    // A change between the read of the watcher and this line was sent to nobody.
    this.mark([spaceId]);
  }

  leave(spaceId: string, watcher: Watcher): void {
    const known = this.watched.get(spaceId);
    known?.watchers.delete(watcher);
    if (known?.watchers.size === 0) this.watched.delete(spaceId);
  }

  private mark(ids: Iterable<string>): void {
    for (const id of ids) if (this.watched.has(id)) this.changed.add(id);
    if (this.changed.size === 0 || this.tick !== undefined || this.isReading) return;
    this.tick = setTimeout(() => void this.read(), Math.max(0, this.readAt + TICK_MS - performance.now()));
  }

  private async read(): Promise<void> {
    this.tick = undefined;
    this.readAt = performance.now();
    const ids = [...this.changed];
    this.changed.clear();
    this.isReading = true;
    try {
      this.publish(ids, await this.counting.states(system, ids));
    } catch (error) {
      log.warn(
        { err: error, spaces: ids.length },
        'changed spaces could not be read: they are compared later',
      );
    } finally {
      this.isReading = false;
      this.mark([]);
    }
  }

  private publish(ids: string[], states: SpaceState[]): void {
    const found = new Map(states.map((state) => [state.space_id, state]));
    for (const id of ids) {
      const known = this.watched.get(id);
      const state = found.get(id);
      if (known === undefined) continue;
      if (state === undefined) {
        for (const watcher of known.watchers) watcher.end(notFound('space', id));
        continue;
      }
      known.seq = state.seq;
      const outdated = [...known.watchers].filter(({ seq }) => seq < state.seq);
      if (outdated.length === 0) continue;
      const message = stateMessage(state);
      for (const watcher of outdated) {
        watcher.seq = state.seq;
        watcher.show(message);
      }
    }
  }

  /** Finds changes whose notification was lost. */
  private async compare(): Promise<void> {
    const ids = [...this.watched.keys()];
    const began = performance.now();
    try {
      const seqs = ids.length === 0 ? new Map<string, number>() : await this.repository.seqs(ids);
      this.confirmedAt = began;
      this.mark(ids.filter((id) => seqs.get(id) !== this.watched.get(id)?.seq));
    } catch (error) {
      log.warn({ err: error }, 'watched spaces could not be compared with the database');
    }
  }
}
