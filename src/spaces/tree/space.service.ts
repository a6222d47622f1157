import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../access/context.js';
import type { Principal } from '../../access/principal.js';
import { assertMay, asUser } from '../../access/rights.js';
import { Writer } from '../../access/writer.js';
import { writeAuditBatch } from '../../access/audit/audit.batch.js';
import { changedFields, sourceOf, writeAudit } from '../../access/audit/audit.js';
import { Clock } from '../../platform/clock.js';
import type { Tx } from '../../platform/database/database.js';
import { conflict, notFound } from '../../platform/errors/problem.js';
import { assertMatches } from '../../platform/http/representation.js';
import { newUuid } from '../../platform/new-uuid.js';
import type { Page } from '../../platform/pagination/page.js';
import { mergeHours } from './opening-hours.js';
import type { Space, SpaceKind } from './space.entity.js';
import { SpaceHooks } from './space.hooks.js';
import { SpaceMoves } from './space.moves.js';
import { assertCountingSince, assertPlace, assertSettings } from './space.policy.js';
import { type SpaceView, SpaceRepository } from './space.repository.js';
import { type NewSpace, newSpaceSchema, type SpacePatch, type SpaceQuery } from './space.schemas.js';
import { lockTrees } from './tree.locks.js';

/** A space to be made; one without a name comes from a client of the legacy occupancy service. */
export type SpaceInput = Omit<NewSpace, 'name'> & { name: string | null };

const unnamed = newSpaceSchema.omit({ name: true });

/** A new space of a kind of which nothing else is said. */
export const spaceDefaults = (kind: SpaceKind): Omit<SpaceInput, 'name'> => unnamed.parse({ kind });

@Injectable()
export class SpaceService {
  constructor(
    private readonly spaces: SpaceRepository,
    private readonly moves: SpaceMoves,
    private readonly hooks: SpaceHooks,
    private readonly writer: Writer,
    private readonly clock: Clock,
  ) {}

  list(principal: Principal, query: SpaceQuery): Promise<Page<SpaceView>> {
    return this.spaces.page(principal, query);
  }

  async read(principal: Principal, id: string): Promise<SpaceView> {
    const space = await this.spaces.find(principal, id);
    if (space === undefined) throw notFound('space', id);
    return space;
  }

  create(context: RequestContext, input: SpaceInput): Promise<SpaceView> {
    return this.writer.run(context, (tx, now) => this.createIn(tx, now, input));
  }

  patch(context: RequestContext, id: string, patch: SpacePatch): Promise<SpaceView> {
    return this.writer.run(context, (tx, now) => this.patchIn(tx, now, id, patch));
  }

  /** The same in a transaction that does more than this. */
  async createIn(tx: Tx, now: RequestContext, input: SpaceInput): Promise<SpaceView> {
    const { id = newUuid(), parent_id, counting_since } = input;
    assertSettings(input);
    if (counting_since !== undefined) assertCountingSince(counting_since, undefined, this.clock.now());
    if (input.ticket_for !== null) assertMayOpenTickets(now.principal);
    if (parent_id !== null) await lockTrees(tx, [parent_id]);
    const parent = await this.moves.parent(tx, now.principal, parent_id);
    assertPlace(input.kind, parent?.kind, []);
    if (input.id !== undefined && (await this.spaces.isRemembered(tx, id))) throw stillRemembered();
    const space = await this.spaces.insert(tx, {
      ...input,
      id,
      path: [...(parent?.path ?? []), id],
      ticket_created_by: input.ticket_for === null ? null : asUser(now.principal).id,
      counting_since,
    });
    writeAudit(tx, sourceOf(now), {
      action: 'space.create',
      subject_type: 'space',
      subject_id: id,
      after: { ...input, id },
    });
    return space;
  }

  async patchIn(tx: Tx, now: RequestContext, id: string, patch: SpacePatch): Promise<SpaceView> {
    const space = await this.lockForChange(tx, now, id, patch.parent_id ?? id);
    const { before, after } = changedFields<Space>(...this.toCompare(space, patch));
    if (Object.keys(after).length === 0) return space;
    if (after.ticket_for) assertMayOpenTickets(now.principal);
    const path = await this.place(tx, now.principal, space, after);
    assertSettings({ ...space, ...after });
    if (after.counting_since !== undefined)
      assertCountingSince(after.counting_since, space.counting_since, this.clock.now());
    const changed = await this.spaces.update(tx, id, {
      ...after,
      path,
      ...(after.ticket_for !== undefined && {
        ticket_created_by: after.ticket_for === null ? null : asUser(now.principal).id,
      }),
    });
    await this.hooks.changed(tx, id, Object.keys(after));
    writeAudit(tx, sourceOf(now), {
      action: 'space.update',
      subject_type: 'space',
      subject_id: id,
      before,
      after,
    });
    return changed;
  }

  /** @param recursive with everything within it and whatever depends on that, such as doors. */
  remove(context: RequestContext, id: string, { recursive }: { recursive: boolean }): Promise<void> {
    return this.writer.run(context, async (tx, now) => {
      const space = await this.lockForChange(tx, now, id);
      const spaces = await this.spaces.subtree(tx, id);
      const ids = spaces.map((each) => each.id);
      if (!recursive) await this.assertNothingDepends(tx, ids);
      await this.moves.leave(tx, space);
      await this.hooks.removed(tx, now, ids);
      await this.spaces.removeAll(tx, ids);
      await writeAuditBatch(
        tx,
        sourceOf(now),
        spaces.map(({ version: _, ...before }) => ({
          action: 'space.delete',
          subject_type: 'space',
          subject_id: before.id,
          before,
        })),
      );
    });
  }

  /**
   * @param ids of a space and of all within it.
   * @throws Problem 409 when there are any within it, or anything else that would be deleted with them.
   */
  private async assertNothingDepends(tx: Tx, ids: string[]): Promise<void> {
    const dependents = await this.hooks.dependents(tx, ids);
    if (ids.length === 1 && dependents.every(({ count }) => count === 0)) return;
    const reasons = [`${ids.length - 1} spaces lie in it`, ...dependents.map(({ words }) => words)];
    throw conflict(
      'has_children',
      `${reasons.join(' and ')}. Delete those first, or all at once with ?recursive=true.`,
    );
  }

  /** Locks the tree of the space and of another one, and the row of the space. */
  private async lockForChange(tx: Tx, context: RequestContext, id: string, other = id): Promise<SpaceView> {
    await lockTrees(tx, [id, other]);
    const space = await this.spaces.findForChange(tx, context.principal, id);
    if (space === undefined) throw notFound('space', id);
    assertMatches(context.if_match, space.version);
    return space;
  }

  /** The row and the patch with opening hours that can be compared. */
  private toCompare(space: Space, { opening_hours, ...patch }: SpacePatch): [Space, Partial<Space>] {
    if (opening_hours === undefined) return [space, patch];
    const inOrder = space.opening_hours && mergeHours(space.opening_hours, {});
    return [
      { ...space, opening_hours: inOrder },
      { ...patch, opening_hours: mergeHours(space.opening_hours, opening_hours) },
    ];
  }

  /** Moves the space when it is to lie elsewhere. @returns its path then. */
  private async place(
    tx: Tx,
    principal: Principal,
    space: Space,
    { kind, parent_id }: Partial<Space>,
  ): Promise<string[]> {
    if (kind === undefined && parent_id === undefined) return space.path;
    const parent = await this.moves.parent(
      tx,
      principal,
      parent_id === undefined ? space.parent_id : parent_id,
    );
    const path = parent_id === undefined ? space.path : await this.moves.move(tx, space, parent);
    assertPlace(kind ?? space.kind, parent?.kind, await this.spaces.kindsIn(tx, space.id));
    return path;
  }
}

/** A user may not have tickets opened that they could not open themselves. */
function assertMayOpenTickets(principal: Principal): void {
  assertMay(principal, 'ticket:create', 'ticket_for');
}

/** The new space would have the history of the old one. */
const stillRemembered = () =>
  conflict(
    'id_taken',
    'This is the id of a space with a history. If it was deleted, its history goes within two hours; else take another id.',
  );
