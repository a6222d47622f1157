import { Injectable } from '@nestjs/common';
import type { Queryable, Tx } from '../../platform/database/database.js';
import { enqueue } from '../../platform/jobs/enqueue.js';
import type { Page } from '../../platform/pagination/page.js';
import type { ListQuery } from '../../platform/pagination/page.reading.js';
import { CountHooks, type LevelChange } from '../counting/count.hooks.js';
import { LEVELS } from '../counting/level.js';
import { localSettingsOf } from '../tree/local-settings.js';
import { isOpen } from '../tree/local-time.js';
import { SpaceService } from '../tree/space.service.js';
import { AlertRepository, type SpaceAlert, type TicketedSpace } from './alert.repository.js';
import { spaceTicketTask } from './space-ticket.task.js';
import type { Principal } from '../../access/principal.js';

export type { SpaceAlert, TicketedSpace };

const rises = ({ from, to }: LevelChange): boolean => LEVELS.indexOf(to) > LEVELS.indexOf(from);

/** Alerts of spaces: one is raised when the level rises within opening hours, and cleared when that level is left. */
@Injectable()
export class SpaceAlerts {
  constructor(
    private readonly alerts: AlertRepository,
    private readonly spaces: SpaceService,
    hooks: CountHooks,
  ) {
    hooks.whenLevelChanges((tx, changes) => this.record(tx, changes));
  }

  /** @throws Problem 404 without such a space. */
  async list(
    principal: Principal,
    spaceId: string,
    query: Omit<ListQuery, 'sort'>,
  ): Promise<Page<SpaceAlert>> {
    const { id } = await this.spaces.read(principal, spaceId);
    return this.alerts.page(id, query);
  }

  /**
   * The space, locked until the transaction ends so that one job at a time changes its ticket, and the alert.
   * @returns undefined when the space is gone.
   */
  async lock(
    tx: Queryable,
    spaceId: string,
    alertId: number | null,
  ): Promise<
    { space: TicketedSpace; alert: SpaceAlert | undefined; ticketId: number | undefined } | undefined
  > {
    if (!(await this.alerts.lockSpace(tx, spaceId))) return undefined;
    // Read under the lock, so that what the job before has done is seen.
    const space = await this.alerts.ticketedSpace(tx, spaceId);
    const local = (await localSettingsOf(tx, [spaceId])).get(spaceId);
    if (space === undefined || local === undefined) return undefined;
    return {
      space: { ...space, time_zone: local.time_zone },
      alert: alertId === null ? undefined : await this.alerts.find(tx, alertId),
      ticketId: await this.alerts.latestTicket(tx, spaceId),
    };
  }

  linkTicket(tx: Queryable, alertId: number, ticketId: number): Promise<void> {
    return this.alerts.linkTicket(tx, alertId, ticketId);
  }

  /** Runs in the transaction that counts, so that alerts and jobs are committed with the count. */
  private async record(tx: Tx, changes: LevelChange[]): Promise<void> {
    const ids = changes.map(({ space_id }) => space_id);
    const [settings, ticketed] = await Promise.all([localSettingsOf(tx, ids), this.alerts.ticketed(tx, ids)]);
    const risen = changes.filter((change) => {
      const local = settings.get(change.space_id);
      return rises(change) && local !== undefined && isOpen(local.opening_hours, local.time_zone, change.at);
    });
    const fallen = changes.filter((change) => !rises(change));
    if (fallen.length > 0) await this.alerts.clear(tx, fallen);
    const raised = risen.length > 0 ? await this.alerts.raise(tx, risen) : [];
    for (const { id, space_id, level } of raised)
      if (level === 'full' && ticketed.has(space_id))
        enqueue(tx, spaceTicketTask, { space_id, alert_id: id });
    for (const { space_id, to } of fallen)
      if (to === 'free' && ticketed.has(space_id))
        enqueue(tx, spaceTicketTask, { space_id, alert_id: null }, { job_key: `free ${space_id}` });
  }
}
