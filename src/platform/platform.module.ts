import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { Config } from '../../config/env.js';
import { Clock, SystemClock } from './clock.js';
import { Database } from './database/database.js';
import { LongAnswers } from './http/long.answers.js';
import { JobHandlers } from './jobs/job.handlers.js';
import { JobHousekeeping } from './jobs/job.housekeeping.js';
import { JobReporter } from './jobs/job.report.js';
import { JobWorker } from './jobs/job.worker.js';
import { MaintenanceWatch } from './maintenance/maintenance.watch.js';
import { CONFIG } from './settings/config.js';
import { Settings, settings } from './settings/settings.js';
import { Shutdown } from './shutdown.js';

/** What every feature stands on. */
@Global()
@Module({})
export class PlatformModule {
  static register(config: Config, dataSource: DataSource): DynamicModule {
    const providers = [
      { provide: CONFIG, useValue: config },
      { provide: Settings, useValue: settings },
      { provide: Database, useFactory: () => new Database(dataSource) },
      { provide: Clock, useClass: SystemClock },
      JobHandlers,
      JobReporter,
      JobWorker,
      LongAnswers,
      MaintenanceWatch,
      Shutdown,
    ];
    return {
      module: PlatformModule,
      providers: [...providers, JobHousekeeping],
      exports: providers,
    };
  }
}
