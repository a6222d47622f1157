import { Module } from '@nestjs/common';
import { CountingModule } from '../counting/counting.module.js';
import { DisplaysModule } from '../displays/displays.module.js';
import { HistoryModule } from '../history/history.module.js';
import { LiveModule } from '../live/live.module.js';
import { BoardController } from './board.controller.js';
import { BoardFiles } from './board.files.js';
import { BoardService } from './board.service.js';
import { DayCurve } from './day.curve.js';

/** The page that a display shows of one space. */
@Module({
  imports: [DisplaysModule, CountingModule, LiveModule, HistoryModule],
  controllers: [BoardController],
  providers: [BoardFiles, BoardService, DayCurve],
})
export class BoardModule {}
