import { Module } from '@nestjs/common';
import { TreeModule } from '../tree/tree.module.js';
import { DisplayTokenRepository } from './display-token.repository.js';
import { DisplayTokenService } from './display-token.service.js';
import { DisplayTokensController } from './display-tokens.controller.js';
import { TokensOfDeletedSpaces } from './tokens-of-deleted-spaces.js';

/** Tokens by which a display reads the board of one space. */
@Module({
  imports: [TreeModule],
  controllers: [DisplayTokensController],
  providers: [DisplayTokenRepository, DisplayTokenService, TokensOfDeletedSpaces],
  exports: [DisplayTokenService],
})
export class DisplaysModule {}
