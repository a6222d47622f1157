import { Module } from '@nestjs/common';
import { AlertsModule } from './alerts/alerts.module.js';
import { BoardModule } from './board/board.module.js';
import { CountingModule } from './counting/counting.module.js';
import { DevicesModule } from './devices/devices.module.js';
import { DisplaysModule } from './displays/displays.module.js';
import { DoorsModule } from './doors/doors.module.js';
import { HistoryModule } from './history/history.module.js';
import { LiveModule } from './live/live.module.js';
import { SeedDataModule } from './seed-data/seed-data.module.js';
import { TreeModule } from './tree/tree.module.js';

/** Places in which people are counted, and how many are there. The OpenAPI document has the routes in this order. */
@Module({
  imports: [
    TreeModule,
    DoorsModule,
    CountingModule,
    DevicesModule,
    DisplaysModule,
    LiveModule,
    AlertsModule,
    HistoryModule,
    BoardModule,
    SeedDataModule,
  ],
  exports: [TreeModule, CountingModule, DevicesModule, AlertsModule],
})
export class SpacesModule {}
