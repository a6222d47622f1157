import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Database, type Queryable, type Sql } from '../../platform/database/database.js';
import { ListeningConnection } from '../../platform/database/listening.connection.js';
import { CHANNEL } from './count.changes.js';

const HEARTBEAT_MS = 2_000;

type OnChanged = (spaceIds: string[]) => void;
type OnResumed = (session: Queryable) => Promise<void>;

/**
 * The one session of PostgreSQL in which this instance listens for changed spaces and locks the slots of its streams:
 * both end with the instance, however it ends.
 */
@Injectable()
export class LiveSession implements Queryable, OnModuleInit, OnModuleDestroy {
  private readonly connection: ListeningConnection;
  private readonly onChanged: OnChanged[] = [];
  private readonly onResumed: OnResumed[] = [];

  constructor(database: Database) {
    this.connection = new ListeningConnection(database, {
      channel: CHANNEL,
      about: 'changed spaces',
      heartbeatMs: HEARTBEAT_MS,
      heard: (payload) => {
        const ids = payload.split(' ');
        for (const listener of this.onChanged) listener(ids);
      },
      resumed: async (session) => {
        for (const listener of this.onResumed) await listener(session);
      },
    });
  }

  /** Calls back with spaces whose numbers changed, on whichever instance. */
  whenChanged(listener: OnChanged): void {
    this.onChanged.push(listener);
  }

  /** Calls back in each new session, in which notifications were missed and locks are lost. */
  whenResumed(listener: OnResumed): void {
    this.onResumed.push(listener);
  }

  query<Row>(sql: Sql): Promise<Row[]> {
    return this.connection.query<Row>(sql);
  }

  async onModuleInit(): Promise<void> {
    await this.connection.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.connection.stop();
  }
}
