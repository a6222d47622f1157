import { Injectable } from '@nestjs/common';
import { assertMayPass, worksThroughMaintenance } from '../../access/access.policy.js';
import type { Actor } from '../../access/actor.js';
import { Sessions } from '../../access/sessions.js';
import { Clock } from '../../platform/clock.js';
import { Database } from '../../platform/database/database.js';
import { notFound, Problem, unauthenticated } from '../../platform/errors/problem.js';
import { closedToReaders } from '../../platform/maintenance/maintenance.gate.js';
import { MaintenanceWatch } from '../../platform/maintenance/maintenance.watch.js';
import { LiveRepository } from './live.repository.js';
import type { DisplayViewer, UserViewer, Viewer } from './viewer.js';

/** Whether those who were let in may still watch: asked of the database, as the door asks. */
@Injectable()
export class ViewerRights {
  constructor(
    private readonly sessions: Sessions,
    private readonly repository: LiveRepository,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly maintenance: MaintenanceWatch,
  ) {}

  /** Those who may not watch any more, and why. */
  async lost(viewers: Iterable<Viewer>): Promise<Map<Viewer, Problem>> {
    const users: UserViewer[] = [];
    const displays: DisplayViewer[] = [];
    for (const viewer of viewers) {
      if (viewer.kind === 'user') users.push(viewer);
      else displays.push(viewer);
    }
    return new Map<Viewer, Problem>([
      ...(await this.lostUsers(users)),
      ...(await this.lostDisplays(displays)),
    ]);
  }

  private async lostUsers(viewers: UserViewer[]): Promise<[Viewer, Problem][]> {
    const ids = [...new Set(viewers.map(({ session_id }) => session_id))];
    const actors =
      ids.length === 0 ? new Map<string, Actor>() : await this.sessions.actorsOf(this.database, ids);
    return viewers.flatMap((viewer): [Viewer, Problem][] => {
      if (this.clock.now() >= viewer.expires_at)
        return [[viewer, unauthenticated('The token has expired.', 'expired_token')]];
      const actor = actors.get(viewer.session_id);
      if (actor === undefined) return [[viewer, unauthenticated('The session of this token has ended.')]];
      try {
        assertMayPass(viewer.rule, actor);
        const closed = closedToReaders(this.maintenance.current);
        return closed === undefined || worksThroughMaintenance(actor) ? [] : [[viewer, closed]];
      } catch (refusal) {
        if (refusal instanceof Problem) return [[viewer, refusal]];
        throw refusal;
      }
    });
  }

  private async lostDisplays(viewers: DisplayViewer[]): Promise<[Viewer, Problem][]> {
    if (viewers.length === 0) return [];
    const closed = closedToReaders(this.maintenance.current);
    if (closed !== undefined) return viewers.map((viewer) => [viewer, closed]);
    const known = await this.repository.displayTokens([
      ...new Set(viewers.map(({ display_token_id }) => display_token_id)),
    ]);
    return viewers.flatMap((viewer): [Viewer, Problem][] =>
      known.has(viewer.display_token_id)
        ? []
        : [[viewer, notFound('display token', viewer.display_token_id)]],
    );
  }
}
