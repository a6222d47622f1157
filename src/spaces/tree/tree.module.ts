import { Module } from '@nestjs/common';
import { SpaceHooks } from './space.hooks.js';
import { SpaceImport } from './space.import.js';
import { SpaceMoves } from './space.moves.js';
import { SpaceRepository } from './space.repository.js';
import { SpaceService } from './space.service.js';
import { SpacesController } from './spaces.controller.js';

/** Spaces, which lie in each other, and their settings. */
@Module({
  controllers: [SpacesController],
  providers: [SpaceRepository, SpaceHooks, SpaceService, SpaceMoves, SpaceImport],
  exports: [SpaceRepository, SpaceHooks, SpaceService],
})
export class TreeModule {}
