import { createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../../config/env.js';
import type { RequestContext } from '../../access/context.js';
import { Principals } from '../../access/principals.js';
import { Writer } from '../../access/writer.js';
import { sourceOf, writeAudit } from '../../access/audit/audit.js';
import { CONFIG } from '../../platform/settings/config.js';
import { notFound } from '../../platform/errors/problem.js';
import { assertMatches } from '../../platform/http/representation.js';
import { newUuid } from '../../platform/new-uuid.js';
import type { Page } from '../../platform/pagination/page.js';
import { SpaceService } from '../tree/space.service.js';
import { type DisplayToken, DisplayTokenRepository } from './display-token.repository.js';
import type { DisplayTokenQuery, NewDisplayToken } from './display-token.schemas.js';
import type { Principal } from '../../access/principal.js';

export type DisplayTokenWithSecret = DisplayToken & { secret: string | null; url: string | null };

const BITS = 256;

const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** As the secret is random, one round of SHA-256 keeps it, and its hash finds the row. */
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** A display token never changes, so every one is in its first version. */
const VERSION = 1;

@Injectable()
export class DisplayTokenService {
  constructor(
    private readonly tokens: DisplayTokenRepository,
    private readonly spaces: SpaceService,
    private readonly writer: Writer,
    @Inject(CONFIG) private readonly config: Config,
    principals: Principals,
  ) {
    principals.register('display', {
      read: (db, displays) =>
        tokens.principals(
          db,
          displays.map(({ id }) => id),
        ),
      gone: ({ id }) => notFound('display token', id),
    });
  }

  /** The token with this secret; undefined when there is none, or no longer. */
  async holding(secret: string): Promise<DisplayToken | undefined> {
    return SECRET.test(secret) ? this.tokens.findByHash(hashOf(secret)) : undefined;
  }

  async list(principal: Principal, spaceId: string, query: DisplayTokenQuery): Promise<Page<DisplayToken>> {
    const { id } = await this.spaces.read(principal, spaceId);
    return this.tokens.page(principal, id, query);
  }

  async create(
    context: RequestContext,
    spaceId: string,
    { id = newUuid(), name }: NewDisplayToken,
  ): Promise<DisplayTokenWithSecret> {
    const space = await this.spaces.read(context.principal, spaceId);
    return this.writer.run<DisplayTokenWithSecret>(
      context,
      async (tx, now) => {
        const secret = randomBytes(BITS / 8).toString('base64url');
        const token = { id, space_id: space.id, name };
        const made = await this.tokens.insert(tx, token, hashOf(secret));
        writeAudit(tx, sourceOf(now), {
          action: 'display_token.create',
          subject_type: 'display_token',
          subject_id: id,
          after: token,
        });
        return { ...made, secret, url: `${this.config.publicUrl}/board/${secret}` };
      },
      { kept: (made) => ({ ...made, secret: null, url: null }) },
    );
  }

  remove(context: RequestContext, id: string): Promise<void> {
    return this.writer.run(context, async (tx, now) => {
      const token = await this.tokens.findForChange(tx, now.principal, id);
      if (token === undefined) throw notFound('display token', id);
      assertMatches(now.if_match, VERSION);
      await this.tokens.remove(tx, id);
      writeAudit(tx, sourceOf(now), {
        action: 'display_token.delete',
        subject_type: 'display_token',
        subject_id: id,
        before: { ...token },
      });
    });
  }
}
