import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Principal } from '../../access/principal.js';
import { type Problem, rateLimited, unavailable } from '../../platform/errors/problem.js';
import { describeStream, encodeMessage, EventStream } from '../../platform/sse/event.stream.js';
import { log } from '../../platform/log/log.js';
import { Shutdown } from '../../platform/shutdown.js';
import { Settings } from '../../platform/settings/settings.js';
import { CountingService } from '../counting/counting.service.js';
import { countStream } from './live.metrics.js';
import { SpaceHub, stateMessage, type Watcher } from './space.hub.js';
import { type StreamAllowance, StreamSlots } from './stream.slots.js';
import { StreamRights, type Watching } from './stream.rights.js';
import { watchableSpaces } from '../tree/space.visibility.js';

const BEAT_MS = 15_000;
/** No heartbeat is sent while the last state may be older than this, so that a reader can trust it. */
const CURRENT_MS = 10_000;
/** How often the rights of open streams are checked. */
const RIGHTS_MS = 5_000;
/** Streams that end together do not all come back in the same moment. */
const [RETRY_MS, RETRY_SPREAD_MS] = [1_000, 2_000];
const RETRY_AFTER_SECONDS = 10;

/** The heartbeat of a page, whose scripts see no comments. */
const BEAT = encodeMessage({ event: 'beat', data: {} });

interface OpenStream {
  stream: EventStream;
  watching: Watching;
}

/** The streams of this instance, from the first message to the last. */
@Injectable()
export class LiveStreams implements OnModuleInit, OnModuleDestroy {
  private readonly open = new Set<OpenStream>();
  /** Streams that wait for their slot count as well: many come at once when another instance has ended. */
  private opening = 0;
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly hub: SpaceHub,
    private readonly slots: StreamSlots,
    private readonly rights: StreamRights,
    private readonly counting: CountingService,
    private readonly shutdown: Shutdown,
    private readonly settings: Settings,
  ) {
    shutdown.whenBegun(() => this.endAll());
  }

  onModuleInit(): void {
    this.timers.push(
      setInterval(() => this.beat(), BEAT_MS),
      setInterval(() => void this.endThoseWithoutRight(), RIGHTS_MS),
    );
    for (const timer of this.timers) timer.unref();
  }

  onModuleDestroy(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.endAll();
  }

  /**
   * Answers with a stream of a space's states: the present one, unless the reader has seen it, and each newer one.
   * @throws Problem 404 without such a space, 429 when whoever watches has too many streams, 503 when this instance has.
   */
  async start(reply: FastifyReply, spaceId: string, watching: Watching): Promise<void> {
    const { principal } = watching;
    const state = await this.counting.state(principal, spaceId, watchableSpaces);
    const { method, headers } = reply.request;
    if (method === 'HEAD') return void describeStream(reply).send();
    if (this.shutdown.hasBegun) throw unavailable('This instance stops. Connect again.', 1);
    if (this.open.size + this.opening >= this.settings.current.limits.streams.instance)
      throw unavailable('This instance has all the streams that it may have. Connect again later.', 10);
    const release = await this.takeSlot(principal);
    if (release === undefined) throw this.tooMany(principal);

    const retryMs = Math.round(RETRY_MS + Math.random() * RETRY_SPREAD_MS);
    const stream = new EventStream(reply, retryMs, principal.type === 'display' ? BEAT : undefined);
    const opened = { stream, watching };
    const watcher: Watcher = {
      seq: state.seq,
      show: (message) => stream.send(message),
      end: (problem) => endWith(stream, problem),
    };
    this.open.add(opened);
    countStream(principal.type, 1);
    this.hub.watch(spaceId, watcher);
    stream.whenClosed(() => {
      this.hub.leave(spaceId, watcher);
      this.open.delete(opened);
      countStream(principal.type, -1);
      release();
    });
    if (headers['last-event-id'] !== String(state.seq)) stream.send(stateMessage(state));
    if (this.shutdown.hasBegun) endWith(stream, stopping());
  }

  private async takeSlot(principal: Principal): Promise<(() => void) | undefined> {
    this.opening += 1;
    try {
      return await this.slots.take(this.allowanceOf(principal));
    } finally {
      this.opening -= 1;
    }
  }

  private allowanceOf({ type, id }: Principal): StreamAllowance {
    const { user, display_token } = this.settings.current.limits.streams;
    return type === 'display'
      ? { holder: `display ${id}`, most: display_token, streams_a_lock: 10 }
      : { holder: `${type} ${id}`, most: user, streams_a_lock: 1 };
  }

  private tooMany({ type }: Principal): Problem {
    const { user, display_token } = this.settings.current.limits.streams;
    return rateLimited(
      type === 'display'
        ? `This link is open on ${display_token} screens already. Make another for the next.`
        : `You watch through ${user} streams already, and more are not given to one account. Close one first.`,
      RETRY_AFTER_SECONDS,
    );
  }

  private beat(): void {
    if (!this.hub.isCurrentWithin(CURRENT_MS)) return;
    for (const { stream } of this.open) stream.beat();
  }

  private async endThoseWithoutRight(): Promise<void> {
    const streams = [...this.open];
    try {
      const lost = await this.rights.lost(streams.map(({ watching }) => watching));
      for (const { stream, watching } of streams) {
        const problem = lost.get(watching);
        if (problem !== undefined) endWith(stream, problem);
      }
    } catch (error) {
      log.warn({ err: error }, 'who may still watch could not be asked');
    }
  }

  private endAll(): void {
    for (const { stream } of this.open) endWith(stream, stopping());
  }
}

const stopping = (): Problem => unavailable('This instance stops. Connect again.', 1);

/** The last message says why, in the words of a refusal. */
const endWith = (stream: EventStream, { status, code, detail }: Problem): void =>
  stream.end(encodeMessage({ event: 'end', data: { status, code, detail } }));
