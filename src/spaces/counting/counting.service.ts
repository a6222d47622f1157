import { randomUUIDv7 } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../platform/access/context.js';
import { Writer } from '../../platform/access/writer.js';
import { sourceOf, writeAudit } from '../../platform/audit/audit.js';
import { Database, type Tx } from '../../platform/database/database.js';
import { notFound, Problem } from '../../platform/errors/problem.js';
import { assertMatches } from '../../platform/http/representation.js';
import { CountHooks } from './count.hooks.js';
import type { Counter, CountOperation, CountOutcome } from './count.operation.js';
import { stateOf } from './counted.space.js';
import { CountingLane } from './counting.lane.js';
import { CountingWork } from './counting.work.js';
import { type Answer, answerBatch, answerEvent, onlyOne, readEvents } from './event.answers.js';
import { type Anchor, type CountEvent, countEventOf, type EventsInput } from './event.schemas.js';
import { Ledger } from './ledger.js';
import { LedgerRepository } from './ledger.repository.js';
import type { BatchAnswer, EventAnswer, SpaceState } from './state.schemas.js';

type Target = CountOperation['target'];

/** Counting, and what the counts are now. */
@Injectable()
export class CountingService {
  constructor(
    private readonly repository: LedgerRepository,
    private readonly lane: CountingLane,
    private readonly work: CountingWork,
    private readonly writer: Writer,
    private readonly database: Database,
    private readonly hooks: CountHooks,
  ) {}

  /** @throws Problem 404. */
  async state(spaceId: string): Promise<SpaceState> {
    const [space] = await this.repository.states(this.database, [spaceId]);
    if (space === undefined) throw notFound('space', spaceId);
    return stateOf(space);
  }

  /** One event, or a list of which each is judged alone. @throws Problem when a single event did not count. */
  count(by: Counter, target: Target, input: EventsInput): Promise<Answer<EventAnswer | BatchAnswer>> {
    if (!Array.isArray(input)) {
      const event = countEventOf(input);
      return this.perform({ by, target, events: [event], bounded: false }, answerEvent(event.event_id));
    }
    const read = readEvents(input);
    return this.perform({ by, target, events: read.events, bounded: false }, (outcome) =>
      answerBatch(read, outcome),
    );
  }

  /**
   * @param by how many more; negative: fewer.
   * @param bounded holds it to the capacity and to 0 whatever the space says of it.
   * @throws Problem 409 when it was refused.
   */
  step(context: RequestContext, spaceId: string, by: number, { bounded = false } = {}): Promise<SpaceState> {
    const event: CountEvent = { event_id: randomUUIDv7(), delta: by, at: undefined, ask: true };
    return this.perform(
      { by: { context }, target: { space_id: spaceId }, events: [event], bounded },
      (outcome) => onlyOne(outcome).state,
    );
  }

  /** Makes the count right, whatever came before. Where nobody is, nobody is in any part either. */
  setOccupancy(context: RequestContext, spaceId: string, { occupancy, reason }: Anchor): Promise<SpaceState> {
    return this.writer.run(context, async (tx, now) => {
      const parts = occupancy === 0 ? await this.repository.partsOf(tx, spaceId) : [];
      const ledger = await Ledger.open(tx, this.repository, { spaceIds: [spaceId, ...parts] });
      const space = ledger.space(spaceId);
      if (space === undefined) throw notFound('space', spaceId);
      assertMatches(now.if_match, space.version);
      const before = stateOf(space).occupancy;
      const at = ledger.tick();
      const source = { user_id: now.actor.id || null, device_id: null };
      for (const part of parts) {
        const inner = ledger.space(part);
        if (inner !== undefined && inner.inside !== 0)
          await ledger.anchor(inner, at, 0, { kind: 'anchor', reason, source });
      }
      await ledger.anchor(space, at, occupancy, { kind: 'anchor', reason, source });
      await ledger.save(this.hooks);
      writeAudit(tx, sourceOf(now), {
        action: 'space.anchor',
        subject_type: 'space',
        subject_id: spaceId,
        before: { occupancy: before },
        after: { occupancy, reason },
      });
      return stateOf(space);
    });
  }

  /** Judges the numbers of a space anew after its settings were changed in this transaction. */
  async settingsChanged(tx: Tx, spaceId: string): Promise<void> {
    const ledger = await Ledger.open(tx, this.repository, { spaceIds: [spaceId] });
    const space = ledger.space(spaceId);
    if (space !== undefined) ledger.judgeAgain(space);
    await ledger.save(this.hooks);
  }

  /**
   * Takes the people of a part out of the spaces that contain it, or adds them: when it is moved or deleted. Call it
   * while the part lies where they are counted, under the lock of both trees.
   */
  async carry(tx: Tx, spaceId: string, delta: number): Promise<void> {
    const ledger = await Ledger.open(tx, this.repository, { spaceIds: [spaceId] });
    const containers = ledger.chain(spaceId).slice(1);
    await ledger.spread(containers, ledger.tick(), delta, { event_id: randomUUIDv7(), kind: 'carry' });
    await ledger.save(this.hooks);
  }

  /** With an Idempotency-Key in a transaction of its own, in which the answer is kept; else together with others. */
  private async perform<T>(operation: CountOperation, render: (outcome: CountOutcome) => T): Promise<T> {
    const context = 'context' in operation.by ? operation.by.context : undefined;
    if (context?.idempotency_key === undefined) return render(await this.lane.submit(operation));
    return this.writer.run(context, async (tx, now) => {
      const [outcome] = await this.work.run(tx, [{ ...operation, by: { context: now } }]);
      if (outcome === undefined || outcome instanceof Problem)
        throw outcome ?? new Error('nothing was counted');
      return render(outcome);
    });
  }
}
