import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { unavailable } from '../errors/problem.js';
import { Turns } from '../turns.js';
import { addressOf } from './address.js';
import { log } from '../log/log.js';
import { logRequest } from './request-log.js';

const PIECE_BYTES = 1024 * 1024;

/** Bytes of JSON after which others get their turn of the event loop. */
const BREATH_BYTES = 128 * 1024;

/** Long answers on this instance at a time: each holds a connection to the database. */
const MOST_AT_ONCE = 2;

const BUSY = `${MOST_AT_ONCE} long lists are being sent at the moment, and no more are at a time. Send the request again, or ask for fewer items.`;

/** A reader that takes longer for one piece, which is 70 kB a second, holds up others. */
export const PIECE_PATIENCE_MS = 15_000;

/** For what is left on its way to the reader when everything is written, and nobody waits any more. */
const STALLED_MS = 45_000;

interface Piece {
  bytes: Buffer;
  last: boolean;
}

/** Gathers texts into pieces, and leaves the event loop to others after each and a few times in between. */
async function* inPieces(texts: AsyncGenerator<string>): AsyncGenerator<Piece, void, undefined> {
  let gathered: string[] = [];
  let bytes = 0;
  let unbroken = 0;
  for await (const text of texts) {
    const length = Buffer.byteLength(text);
    unbroken += length;
    if (unbroken > BREATH_BYTES) {
      unbroken = 0;
      await nextTurn();
    }
    if (bytes > 0 && bytes + length > PIECE_BYTES) {
      yield { bytes: Buffer.from(gathered.join('')), last: false };
      await nextTurn();
      [gathered, bytes] = [[], 0];
    }
    gathered.push(text);
    bytes += length;
  }
  yield { bytes: Buffer.from(gathered.join('')), last: true };
}

/**
 * Answers that may be of any length and are never cut. One of up to a megabyte is sent as any other; a longer one is
 * written while it is read, no faster than its reader takes it.
 */
@Injectable()
export class LongAnswers {
  private writing = 0;
  /** Nobody knows whether an answer is long before its beginning was read: those that will be refused must not do that all at once. */
  private readonly beginnings = new Turns(2, 64, BUSY);

  /**
   * Answers with JSON.
   * @param texts what makes up the body; it is ended whatever becomes of the answer.
   * @throws Problem 503 when it is long, and as many as may be are written already.
   */
  async send(reply: FastifyReply, texts: AsyncGenerator<string>): Promise<void> {
    const pieces = inPieces(texts);
    const { value: first } = await this.beginnings.run(() => pieces.next());
    reply.type('application/json; charset=utf-8');
    if (first === undefined || first.last) return void reply.send(first?.bytes);
    if (reply.request.method === 'HEAD' || this.writing >= MOST_AT_ONCE) {
      await pieces.return();
      if (reply.request.method === 'HEAD') return void reply.send(Readable.from([]));
      throw unavailable(BUSY, 2);
    }
    this.writing += 1;
    const body = this.bodyOf(first, pieces, reply);
    body.once('close', () => {
      this.writing -= 1;
      pieces.return().catch((error: unknown) => log.debug({ err: error }, 'a long answer was not read on'));
    });
    void reply.send(body);
  }

  /** A body that fails destroys its connection, and so does a reader that leaves or dawdles destroy the body. */
  private bodyOf(
    first: Piece,
    pieces: AsyncGenerator<Piece, void, undefined>,
    reply: FastifyReply,
  ): Readable {
    const { request, raw } = reply;
    const address = addressOf(request);
    let dawdling: NodeJS.Timeout | undefined;
    const patiently = function* ({ bytes }: Piece): Generator<Buffer> {
      dawdling = setTimeout(() => body.destroy(new Error('the reader took too long')), PIECE_PATIENCE_MS);
      yield bytes;
      clearTimeout(dawdling);
    };
    async function* written(): AsyncGenerator<Buffer> {
      try {
        yield* patiently(first);
        for await (const piece of pieces) yield* patiently(piece);
      } catch (error) {
        log.warn({ request_id: request.id, err: error }, 'a long answer was broken off in the middle');
        throw error;
      }
    }
    const body = Readable.from(written(), { objectMode: false, highWaterMark: 1 });
    // A request that waits behind another on its connection has no answer yet that could close.
    const left = (): void => void body.destroy();
    raw.setTimeout(STALLED_MS);
    request.raw.socket.once('close', left);
    body.once('close', () => {
      clearTimeout(dawdling);
      request.raw.socket.off('close', left);
    });
    // An answer whose reader left is never finished.
    raw.once('close', () => {
      if (!raw.writableFinished) logRequest(request, reply, address);
    });
    return body;
  }
}
