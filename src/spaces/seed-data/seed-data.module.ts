import { Module } from '@nestjs/common';
import { CountingModule } from '../counting/counting.module.js';
import { DoorsModule } from '../doors/doors.module.js';
import { TreeModule } from '../tree/tree.module.js';
import { SpaceSeedData } from './space.seed-data.js';

/** Spaces with a past, for an installation that is to look lived in. */
@Module({ imports: [TreeModule, DoorsModule, CountingModule], providers: [SpaceSeedData] })
export class SeedDataModule {}
