import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Clock } from '../../platform/clock.js';
import { Problem } from '../../platform/errors/problem.js';
import { CountingService } from '../counting/counting.service.js';
import { type DisplayToken, displayOf } from '../displays/display-token.repository.js';
import { DisplayTokenService } from '../displays/display-token.service.js';
import { LiveStreams } from '../live/live.streams.js';
import { BoardFiles } from './board.files.js';
import { type Board, WORDS } from './board.schemas.js';
import { DayCurve } from './day.curve.js';

const FOR_EVER = 'public, max-age=31536000, immutable';

/** The page loads scripts from this server alone, connects to it alone, and cannot be framed. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What a display token opens: the board of one space. */
@Injectable()
export class BoardService {
  constructor(
    private readonly files: BoardFiles,
    private readonly tokens: DisplayTokenService,
    private readonly counting: CountingService,
    private readonly curve: DayCurve,
    private readonly streams: LiveStreams,
    private readonly clock: Clock,
  ) {}

  /** Sends the page, or for an unknown token a 404 page. */
  async page(reply: FastifyReply, secret: string): Promise<void> {
    const isOpen = (await this.tokens.holding(secret)) !== undefined;
    const { type, content } = this.files.page(isOpen ? 'board.html' : 'gone.html');
    void reply
      .status(isOpen ? 200 : 404)
      .headers({ 'content-security-policy': POLICY, 'x-robots-tag': 'noindex' })
      .type(type)
      .send(content);
  }

  asset(reply: FastifyReply, version: string, name: string): void {
    const file = this.files.asset(version, name);
    if (file === undefined) throw new Problem(404, 'not_found', 'There is no such file of the board.');
    void reply.header('cache-control', FOR_EVER).type(file.type).send(file.content);
  }

  /** @throws Problem 404. */
  async state(secret: string): Promise<Board> {
    const display = displayOf(await this.tokenOf(secret));
    const [state, day] = await Promise.all([
      this.counting.state(display, display.space_id),
      this.curve.today(display, display.space_id),
    ]);
    return {
      state,
      word: WORDS[state.level],
      words: WORDS,
      day,
      now: new Date(this.clock.now()).toISOString(),
      page_version: this.files.version,
    };
  }

  /** @throws Problem 404, 429 or 503. */
  async stream(reply: FastifyReply, secret: string): Promise<void> {
    const token = await this.tokenOf(secret);
    await this.streams.start(reply, token.space_id, {
      principal: displayOf(token),
      rule: { kind: 'permission', anyOf: ['space:watch'] },
    });
  }

  private async tokenOf(secret: string): Promise<DisplayToken> {
    const token = await this.tokens.holding(secret);
    // The secret is not repeated: clients may log the answer.
    if (token === undefined)
      throw new Problem(404, 'not_found', 'There is no such display token, or it was revoked.', {
        reason: 'display token',
      });
    return token;
  }
}
