import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../access/context.js';
import { userIdOf } from '../../access/principal.js';
import { Writer } from '../../access/writer.js';
import { sourceOf, writeAudit } from '../../access/audit/audit.js';
import { Clock } from '../../platform/clock.js';
import { Database, type Tx } from '../../platform/database/database.js';
import { notFound, Problem } from '../../platform/errors/problem.js';
import { assertMatches } from '../../platform/http/representation.js';
import { newUuid } from '../../platform/new-uuid.js';
import { assertDeviceServesDoor } from '../devices/device.guard.js';
import { DeviceLastSeen } from '../devices/device.last-seen.js';
import { againOnCollision } from './collisions.js';
import { CountHooks } from './count.hooks.js';
import type { CountOperation, CountOutcome } from './count.operation.js';
import { type SpaceState, stateOf } from './counted.space.js';
import { CountingBatcher } from './counting.batcher.js';
import { CountingWork } from './counting.work.js';
import { type Answer, answerBatch, answerEvent, onlyOne, readEvents } from './event.answers.js';
import { type Recount, type CountEvent, countEventOf, type EventsInput } from './event.schemas.js';
import { Ledger } from './ledger.js';
import { LedgerRepository } from './ledger.repository.js';
import type { BatchAnswer, EventAnswer } from './state.schemas.js';
import type { Principal } from '../../access/principal.js';
import { visibleSpaces } from '../tree/space.visibility.js';

type Target = CountOperation['target'];

/** Counting, and what the counts are now. */
@Injectable()
export class CountingService {
  constructor(
    private readonly repository: LedgerRepository,
    private readonly batcher: CountingBatcher,
    private readonly work: CountingWork,
    private readonly writer: Writer,
    private readonly database: Database,
    private readonly hooks: CountHooks,
    private readonly lastSeen: DeviceLastSeen,
    private readonly clock: Clock,
  ) {}

  /** @param sees the spaces among which the principal may ask. @throws Problem 404. */
  async state(principal: Principal, spaceId: string, sees = visibleSpaces): Promise<SpaceState> {
    const [state] = await this.states(principal, [spaceId], sees);
    if (state === undefined) throw notFound('space', spaceId);
    return state;
  }

  /** The states of those of the spaces that the principal sees. */
  async states(principal: Principal, spaceIds: string[], sees = visibleSpaces): Promise<SpaceState[]> {
    return (await this.repository.states(this.database, sees(principal), spaceIds)).map(stateOf);
  }

  /** One event, or a list of which each is judged alone. @throws Problem when a single event did not count. */
  count(
    context: RequestContext,
    target: Target,
    input: EventsInput,
  ): Promise<Answer<EventAnswer | BatchAnswer>> {
    if (!Array.isArray(input)) {
      const event = countEventOf(input);
      return this.perform({ context, target, events: [event], bounded: false }, answerEvent(event.event_id));
    }
    const read = readEvents(input);
    return this.perform({ context, target, events: read.events, bounded: false }, (outcome) =>
      answerBatch(read, outcome),
    );
  }

  /** The same at a door. A device is marked as seen, and may post for its own doors only. */
  async countAtDoor(
    context: RequestContext,
    door_id: string,
    input: EventsInput,
    date: string | undefined,
  ): Promise<Answer<EventAnswer | BatchAnswer>> {
    const { principal } = context;
    if (principal.type === 'device') {
      await this.lastSeen.seen(principal, { skew: this.skewOf(date) });
      assertDeviceServesDoor(principal, door_id);
    }
    return this.count(context, { door_id }, input);
  }

  /**
   * @param by how many more; negative: fewer.
   * @param bounded limits it to the capacity and to 0 whatever the settings of the space allow.
   * @throws Problem 409 when it was refused.
   */
  step(context: RequestContext, spaceId: string, by: number, { bounded = false } = {}): Promise<SpaceState> {
    const event: CountEvent = { event_id: newUuid(), delta: by, at: undefined, ask: true };
    return this.perform(
      { context, target: { space_id: spaceId }, events: [event], bounded },
      (outcome) => onlyOne(outcome).state,
    );
  }

  /** Makes the count right, whatever came before. Where nobody is, nobody is in any part either. */
  setOccupancy(context: RequestContext, spaceId: string, recount: Recount): Promise<SpaceState> {
    return this.writer.run(context, (tx, now) => this.setOccupancyIn(tx, now, spaceId, recount));
  }

  /** The same in a transaction that does more than this. */
  async setOccupancyIn(
    tx: Tx,
    now: RequestContext,
    spaceId: string,
    { occupancy, reason }: Recount,
  ): Promise<SpaceState> {
    const parts = occupancy === 0 ? await this.repository.partsOf(tx, spaceId) : [];
    const ledger = await Ledger.open(tx, this.repository, { spaceIds: [spaceId, ...parts] });
    const space = ledger.space(spaceId);
    if (space === undefined) throw notFound('space', spaceId);
    assertMatches(now.if_match, space.version);
    const before = stateOf(space).occupancy;
    const at = ledger.tick();
    const source = { user_id: userIdOf(now.principal), device_id: null };
    for (const part of parts) {
      const inner = ledger.space(part);
      if (inner !== undefined && inner.inside !== 0)
        await ledger.recount(inner, at, 0, { kind: 'anchor', reason, source });
    }
    await ledger.recount(space, at, occupancy, { kind: 'anchor', reason, source });
    await ledger.save(this.hooks);
    writeAudit(tx, sourceOf(now), {
      action: 'space.anchor',
      subject_type: 'space',
      subject_id: spaceId,
      before: { occupancy: before },
      after: { occupancy, reason },
    });
    return stateOf(space);
  }

  /** By the Date header that a sender may give (RFC 9110, 6.6.1). */
  private skewOf(date: string | undefined): number | undefined {
    const sent = Date.parse(date ?? '');
    return Number.isNaN(sent) ? undefined : (sent - this.clock.now()) / 1_000;
  }

  /** With an Idempotency-Key in a transaction of its own, in which the answer is kept; else together with others. */
  private async perform<T>(operation: CountOperation, render: (outcome: CountOutcome) => T): Promise<T> {
    const { context } = operation;
    if (context.idempotency_key === undefined) return render(await this.batcher.submit(operation));
    return againOnCollision(() =>
      this.writer.run(context, async (tx, now) => {
        const [outcome] = await this.work.run(tx, [{ ...operation, context: now }]);
        if (outcome === undefined || outcome instanceof Problem)
          throw outcome ?? new Error('nothing was counted');
        return render(outcome);
      }),
    );
  }
}
