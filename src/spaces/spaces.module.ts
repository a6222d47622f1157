import { Module } from '@nestjs/common';
import { CountHooks } from './counting/count.hooks.js';
import { CountChanges } from './live/count.changes.js';
import { LiveController } from './live/live.controller.js';
import { LiveRepository } from './live/live.repository.js';
import { LiveSession } from './live/live.session.js';
import { LiveStreams } from './live/live.streams.js';
import { SpaceHub } from './live/space.hub.js';
import { StreamSlots } from './live/stream.slots.js';
import { ViewerRights } from './live/viewer.rights.js';

@Module({
  controllers: [LiveController],
  providers: [
    CountHooks,
    CountChanges,
    LiveRepository,
    LiveSession,
    LiveStreams,
    SpaceHub,
    StreamSlots,
    ViewerRights,
  ],
  exports: [CountHooks],
})
export class SpacesModule {}
