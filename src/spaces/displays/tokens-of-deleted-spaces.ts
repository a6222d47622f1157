import { Injectable } from '@nestjs/common';
import { writeAuditBatch } from '../../access/audit/audit.batch.js';
import { sourceOf } from '../../access/audit/audit.js';
import { SpaceHooks } from '../tree/space.hooks.js';
import { DisplayTokenRepository } from './display-token.repository.js';

/** The display tokens of a space are deleted with it, each with an audit row, as they are one by one. */
@Injectable()
export class TokensOfDeletedSpaces {
  constructor(tokens: DisplayTokenRepository, spaces: SpaceHooks) {
    spaces.whenRemoved(async (tx, context, spaceIds) => {
      const removed = await tokens.removeOfSpaces(tx, spaceIds);
      await writeAuditBatch(
        tx,
        sourceOf(context),
        removed.map((before) => ({
          action: 'display_token.delete',
          subject_type: 'display_token',
          subject_id: before.id,
          before: { ...before },
        })),
      );
    });
  }
}
