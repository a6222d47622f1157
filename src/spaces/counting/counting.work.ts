import { Injectable } from '@nestjs/common';
import { assertMayPass } from '../../access/access.policy.js';
import { type Principal, userIdOf } from '../../access/principal.js';
import { Principals } from '../../access/principals.js';
import type { Tx } from '../../platform/database/database.js';
import { notFound, Problem } from '../../platform/errors/problem.js';
import { assertDeviceServesDoor } from '../devices/device.guard.js';
import { CountHooks } from './count.hooks.js';
import type { CountOperation, CountOutcome, EventOutcome } from './count.operation.js';
import { type CountedSpace, stateOf } from './counted.space.js';
import { isSame, type Passage, validateAdmission, validateMoment } from './event.validation.js';
import type { CountEvent } from './event.schemas.js';
import { Ledger } from './ledger.js';
import { eventMismatch, LedgerRepository } from './ledger.repository.js';

const distinct = <T>(values: (T | undefined)[]): T[] => [
  ...new Set(values.filter((value) => value !== undefined)),
];

/** Counts for many requests in one transaction: one after the other, with the result that each would have alone. */
@Injectable()
export class CountingWork {
  constructor(
    private readonly repository: LedgerRepository,
    private readonly principals: Principals,
    private readonly hooks: CountHooks,
  ) {}

  /**
   * @returns for each request its outcome, or why it was refused as a whole; those count nothing.
   * @throws the error of the database, which rolls all of them back.
   */
  async run(tx: Tx, operations: CountOperation[]): Promise<(CountOutcome | Problem)[]> {
    const [principals, ledger] = await Promise.all([
      // First, while the trees may still be locked by another transaction.
      this.principals.readAgain(
        tx,
        operations.map(({ context }) => context.principal),
      ),
      Ledger.open(tx, this.repository, {
        spaceIds: distinct(
          operations.map(({ target }) => ('space_id' in target ? target.space_id : undefined)),
        ),
        doorIds: distinct(operations.map(({ target }) => ('door_id' in target ? target.door_id : undefined))),
        eventIds: operations.flatMap(({ events }) => events.map(({ event_id }) => event_id)),
      }),
    ]);
    const outcomes: (CountOutcome | Problem)[] = [];
    for (const operation of operations) {
      const passage = passageOf(ledger, operation);
      const refusal = passage instanceof Problem ? passage : refusalOf(operation, principals);
      if (passage instanceof Problem || refusal instanceof Problem)
        outcomes.push(refusal ?? (passage as Problem));
      else outcomes.push(await this.count(ledger, operation, passage));
    }
    await ledger.save(this.hooks, { atCommit: true });
    return outcomes;
  }

  private async count(ledger: Ledger, operation: CountOperation, passage: Passage): Promise<CountOutcome> {
    const events: EventOutcome[] = [];
    for (const event of operation.events) events.push(await countOne(ledger, operation, passage, event));
    return { events, state: stateOf(passage.target) };
  }
}

/** The authorization check of the guards, made again in the transaction. @returns why the principal may not count. */
function refusalOf(
  { context, target }: CountOperation,
  principals: ReadonlyMap<Principal, Principal | Problem>,
): Problem | undefined {
  const principal = principals.get(context.principal);
  if (principal === undefined) throw new Error('a principal was not read');
  if (principal instanceof Problem) return principal;
  try {
    assertMayPass(context.rule, principal);
    if (principal.type === 'device')
      assertDeviceServesDoor(principal, 'door_id' in target ? target.door_id : '');
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  return undefined;
}

/** Which spaces the events of a request enter and leave. A space that contains both ends of a door is neither entered nor left. */
function passageOf(ledger: Ledger, { target }: CountOperation): Passage | Problem {
  if ('space_id' in target) {
    const entered = ledger.chain(target.space_id);
    const [space] = entered;
    if (space === undefined) return notFound('space', target.space_id);
    return { target: space, door_id: null, entered, left: [], to: space.id, from: null };
  }
  const door = ledger.doors.get(target.door_id);
  if (door === undefined) return notFound('door', target.door_id);
  const [into, outOf] = [ledger.chain(door.to_space_id), ledger.chain(door.from_space_id)];
  return {
    target: (into[0] ?? outOf[0]) as CountedSpace,
    door_id: door.id,
    entered: into.filter((space) => !outOf.includes(space)),
    left: outOf.filter((space) => !into.includes(space)),
    to: door.to_space_id,
    from: door.from_space_id,
  };
}

async function countOne(
  ledger: Ledger,
  { context, bounded }: CountOperation,
  passage: Passage,
  event: CountEvent,
): Promise<EventOutcome> {
  const { target, door_id, entered, left, to, from } = passage;
  const known = ledger.known.get(event.event_id);
  if (known !== undefined) {
    if (isSame(known, event, passage)) return { result: 'duplicate', state: stateOf(target) };
    return { result: 'invalid', problem: eventMismatch() };
  }
  const untimely = event.at === undefined ? undefined : validateMoment(event.at, passage, ledger.now);
  if (untimely !== undefined) return { result: 'invalid', problem: untimely };
  const refused = event.ask ? validateAdmission(event, passage, bounded) : undefined;
  if (refused !== undefined) return { result: 'refused', problem: refused };

  // An event of a clock that runs ahead is stored with the moment at which it came.
  const at = event.at === undefined || event.at > ledger.now ? ledger.tick() : event.at;
  await ledger.resetAfter([...entered, ...left], at);
  const kind = event.ask ? 'admission' : 'passage';
  const { principal } = context;
  const user_id = userIdOf(principal);
  const device_id = principal.type === 'device' ? principal.id : null;
  const members = { event_id: event.event_id, kind, door_id, user_id, device_id } as const;
  const space_id = (entered[0]?.id === to ? to : from) as string;
  await ledger.spread(entered, at, event.delta, members, space_id);
  await ledger.spread(left, at, -event.delta, members, space_id);
  const delta = space_id === to ? event.delta : -event.delta;
  ledger.known.set(event.event_id, { ...members, space_id, delta, at, recorded_at: ledger.now });
  return { result: 'counted', state: stateOf(target) };
}
