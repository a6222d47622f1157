import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/database.js';
import { ListeningConnection } from '../../platform/database/listening.connection.js';

const HEARTBEAT_MS = 250;
/** Without an answer for this long the connection counts as stalled. */
const STALL_MS = 500;

export type ChangeListener = (subject: 'user' | 'session' | 'everything', id: string) => void;

/** Hears from PostgreSQL whose state changed. */
@Injectable()
export class PrincipalChanges implements OnModuleInit, OnModuleDestroy {
  private readonly connection: ListeningConnection;
  private listener: ChangeListener = () => undefined;

  constructor(database: Database) {
    this.connection = new ListeningConnection(database, {
      channel: 'principal_changed',
      about: 'changed users',
      heartbeatMs: HEARTBEAT_MS,
      heard: (payload) => {
        const [subject, id = ''] = payload.split(' ');
        this.listener(subject === 'user' || subject === 'session' ? subject : 'everything', id);
      },
      interrupted: () => this.listener('everything', ''),
    });
  }

  /** The one who is told of every change, before a settle() that follows it resolves. */
  subscribe(listener: ChangeListener): void {
    this.listener = listener;
  }

  /** Whether a change would have been heard: false means that nothing kept may be trusted. */
  isCurrent(): boolean {
    return this.connection.answeredWithin(STALL_MS);
  }

  /** Resolves when changes committed before the call have been heard, or when nobody listens and nothing is kept. */
  settle(): Promise<void> {
    return this.connection.settle();
  }

  async onModuleInit(): Promise<void> {
    await this.connection.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.connection.stop();
  }
}
