import { Module } from '@nestjs/common';
import { CountingModule } from '../counting/counting.module.js';
import { TreeModule } from '../tree/tree.module.js';
import { AlertRepository } from './alert.repository.js';
import { AlertsController } from './alerts.controller.js';
import { SpaceAlerts } from './space.alerts.js';

/** When spaces became amber or full. */
@Module({
  imports: [TreeModule, CountingModule],
  controllers: [AlertsController],
  providers: [AlertRepository, SpaceAlerts],
  exports: [SpaceAlerts],
})
export class AlertsModule {}
