import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { addressOf } from '../http/address.js';
import { logRequest } from '../http/request-log.js';

/** A reader that took nothing for this long is gone, whatever its connection says. */
const PATIENCE_MS = 45_000;
/** How long a reader may take for the last words. */
const FAREWELL_MS = 1_000;

interface Message {
  event: string;
  /** What the client sends as Last-Event-ID when it comes again. */
  id?: string | number;
  data: unknown;
}

/** One message as bytes, to be made once for all who get it (WHATWG HTML, 9.2.6). */
export const encodeMessage = ({ event, id, data }: Message): Buffer =>
  Buffer.from(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);

const COMMENT = Buffer.from(':\n\n');

/** The headers of a stream; all there is to the answer to HEAD. */
export const describeStream = (reply: FastifyReply): FastifyReply =>
  reply.headers({
    'content-type': 'text/event-stream; charset=utf-8',
    // nginx passes each message on at once.
    'x-accel-buffering': 'no',
    // Whoever comes back shall find an instance that takes connections.
    connection: 'close',
  });

/**
 * An answer of Server-Sent Events in which the newest message matters and those before it do not: while its reader is
 * busy with one, the next waits, and one after that takes its place. So a slow reader costs two messages at most.
 */
export class EventStream {
  private readonly raw: ServerResponse;
  private readonly address: string;
  private waiting: Buffer | undefined;
  private writingSince: number | undefined;
  private ended = false;

  /**
   * @param retryMs after how long the client should come back when the stream ends.
   * @param signOfLife a message in place of the comment.
   */
  constructor(
    private readonly reply: FastifyReply,
    retryMs: number,
    private readonly signOfLife: Buffer = COMMENT,
  ) {
    reply.hijack();
    this.raw = reply.raw;
    this.address = addressOf(reply.request);
    describeStream(reply);
    // The end of the connection is the end of the stream, so no message needs a frame of its own (RFC 9112, 6.3).
    this.raw.removeHeader('transfer-encoding');
    // Fastify keeps headers of its own beside those of the answer, and sends none of a hijacked one.
    this.raw.writeHead(200, reply.getHeaders() as OutgoingHttpHeaders);
    this.write(Buffer.from(`retry: ${retryMs}\n\n`));
  }

  /** Calls back once, however the stream came to its end. */
  whenClosed(listener: () => void): void {
    const closed = (): void => {
      this.ended = true;
      listener();
      // An answer whose reader left is never finished.
      if (!this.raw.writableFinished) logRequest(this.reply.request, this.reply, this.address);
    };
    // Its reader may have left before there was a stream.
    if (this.raw.closed) queueMicrotask(closed);
    else this.raw.once('close', closed);
  }

  send(message: Buffer): void {
    if (this.ended) return;
    if (this.writingSince === undefined) this.write(message);
    else this.waiting = message;
  }

  /** A sign of life that keeps the connection alive; it also finds the readers that are gone. */
  beat(): void {
    if (this.ended) return;
    if (this.writingSince === undefined) this.write(this.signOfLife);
    else if (performance.now() - this.writingSince > PATIENCE_MS) this.raw.destroy();
  }

  end(message: Buffer): void {
    if (this.ended) return;
    this.ended = true;
    this.raw.end(message);
    const late = setTimeout(() => this.raw.destroy(), FAREWELL_MS);
    late.unref();
    this.raw.once('close', () => clearTimeout(late));
  }

  private write(bytes: Buffer): void {
    this.writingSince = performance.now();
    this.raw.write(bytes, () => {
      this.writingSince = undefined;
      const next = this.waiting;
      this.waiting = undefined;
      if (next !== undefined) this.send(next);
    });
  }
}
