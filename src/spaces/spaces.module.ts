import { Module } from '@nestjs/common';
import { AlertRepository } from './alerts/alert.repository.js';
import { AlertsController } from './alerts/alerts.controller.js';
import { SpaceAlerts } from './alerts/space.alerts.js';
import { BoardController } from './board/board.controller.js';
import { BoardFiles } from './board/board.files.js';
import { BoardService } from './board/board.service.js';
import { DayCurve } from './board/day.curve.js';
import { CountAdjustments } from './counting/adjustments.js';
import { CountHooks } from './counting/count.hooks.js';
import { CountingController } from './counting/counting.controller.js';
import { CountingBatcher } from './counting/counting.batcher.js';
import { CountingService } from './counting/counting.service.js';
import { CountingWork } from './counting/counting.work.js';
import { DoorEventsController } from './counting/door-events.controller.js';
import { LedgerRepository } from './counting/ledger.repository.js';
import { SpaceResets } from './counting/resets.js';
import { DeviceRepository } from './devices/device.repository.js';
import { DeviceService } from './devices/device.service.js';
import { DeviceLastSeen } from './devices/device.last-seen.js';
import { DevicesController } from './devices/devices.controller.js';
import { DisplayTokenRepository } from './displays/display-token.repository.js';
import { DisplayTokenService } from './displays/display-token.service.js';
import { DisplayTokensController } from './displays/display-tokens.controller.js';
import { DoorRepository } from './doors/door.repository.js';
import { DoorService } from './doors/door.service.js';
import { DoorsOfDeletedSpaces } from './doors/space.removal.js';
import { DoorsController } from './doors/doors.controller.js';
import { Drift } from './history/drift.js';
import { HistoryController } from './history/history.controller.js';
import { HistoryReader } from './history/history.reader.js';
import { HistoryRepository } from './history/history.repository.js';
import { OccupancyHistory } from './history/occupancy.history.js';
import { Peaks } from './history/peaks.js';
import { RetentionRepository } from './history/retention.repository.js';
import { Retention } from './history/retention.js';
import { RollUpRepository } from './history/rollup.repository.js';
import { RollUps } from './history/rollups.js';
import { CountChanges } from './live/count.changes.js';
import { LiveController } from './live/live.controller.js';
import { LiveRepository } from './live/live.repository.js';
import { LiveSession } from './live/live.session.js';
import { LiveStreams } from './live/live.streams.js';
import { SpaceHub } from './live/space.hub.js';
import { StreamSlots } from './live/stream.slots.js';
import { StreamRights } from './live/stream.rights.js';
import { SpaceDirectory } from './tree/space.directory.js';
import { SpaceSeedData } from './space.seed-data.js';
import { OccupancyExport } from './history/occupancy.export.js';
import { SpaceHooks } from './tree/space.hooks.js';
import { SpaceImport } from './tree/space.import.js';
import { SpaceMoves } from './tree/space.moves.js';
import { SpaceRepository } from './tree/space.repository.js';
import { SpaceService } from './tree/space.service.js';
import { SpacesController } from './tree/spaces.controller.js';

const tree = [
  SpaceSeedData,
  SpaceRepository,
  SpaceDirectory,
  SpaceHooks,
  SpaceService,
  SpaceMoves,
  DoorRepository,
  DoorService,
  DoorsOfDeletedSpaces,
];
const devices = [
  DeviceRepository,
  DeviceService,
  DeviceLastSeen,
  DisplayTokenRepository,
  DisplayTokenService,
];
const counting = [
  CountAdjustments,
  CountHooks,
  CountingBatcher,
  CountingService,
  CountingWork,
  LedgerRepository,
  SpaceResets,
];

const transfer = [SpaceImport, OccupancyExport];
const live = [
  AlertRepository,
  SpaceAlerts,
  CountChanges,
  LiveRepository,
  LiveSession,
  LiveStreams,
  SpaceHub,
  StreamSlots,
  StreamRights,
];

const board = [BoardFiles, BoardService, DayCurve];
const history = [
  RollUpRepository,
  RollUps,
  HistoryRepository,
  HistoryReader,
  OccupancyHistory,
  Peaks,
  Drift,
  RetentionRepository,
  Retention,
];

/** Places in which people are counted, and how many are there. */
@Module({
  controllers: [
    SpacesController,
    CountingController,
    DoorsController,
    DoorEventsController,
    DevicesController,
    DisplayTokensController,
    LiveController,
    AlertsController,
    HistoryController,
    BoardController,
  ],
  providers: [...tree, ...devices, ...counting, ...transfer, ...live, ...history, ...board],
  exports: [
    SpaceSeedData,
    SpaceAlerts,
    SpaceDirectory,
    SpaceService,
    CountingService,
    CountHooks,
    SpaceHooks,
    DeviceRepository,
  ],
})
export class SpacesModule {}
