import { Module } from '@nestjs/common';
import { CountingModule } from '../counting/counting.module.js';
import { CountChanges } from './count.changes.js';
import { LiveController } from './live.controller.js';
import { LiveRepository } from './live.repository.js';
import { LiveSession } from './live.session.js';
import { LiveStreams } from './live.streams.js';
import { SpaceHub } from './space.hub.js';
import { StreamRights } from './stream.rights.js';
import { StreamSlots } from './stream.slots.js';

/** Streams of counts. All that starts and stops with an instance is in this one module, which orders its hooks. */
@Module({
  imports: [CountingModule],
  controllers: [LiveController],
  providers: [CountChanges, LiveRepository, LiveSession, LiveStreams, SpaceHub, StreamSlots, StreamRights],
  exports: [LiveStreams],
})
export class LiveModule {}
