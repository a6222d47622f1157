import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { isHeavyPage, type Page } from '../pagination/page.js';
import { Turns } from '../turns.js';

/** Characters after which others get their turn of the event loop. */
const BREATH = 64 * 1024;

/** A reader that takes nothing for this long is gone, whatever its connection says, and what was made for it goes too. */
const STALLED_MS = 45_000;

/** Few at a time, so that a turn of the event loop is never longer than so many pieces; those that wait hold 8 MiB each. */
const writing = new Turns(
  2,
  16,
  'Too many long pages are being written at the moment. Send the request again, or ask for fewer items.',
);

/** What stands around the items of a page without a total. */
const [BEFORE, BEHIND] = ['{"items":[', '],"next_cursor":null}'];

/** One item as the route's own serialiser writes it: within a page, of which the rest is taken away. */
function itemAsJson(reply: FastifyReply, item: Record<string, unknown>): string {
  const page = { items: [item], next_cursor: null };
  const text = reply.serializeInput(page, String(reply.statusCode)) as string;
  return text.slice(BEFORE.length, -BEHIND.length);
}

async function asJson(
  reply: FastifyReply,
  { items, ...rest }: Page<Record<string, unknown>>,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let unbroken = BEFORE;
  for (const [index, item] of items.entries()) {
    unbroken += `${index === 0 ? '' : ','}${itemAsJson(reply, item)}`;
    if (unbroken.length < BREATH) continue;
    pieces.push(Buffer.from(unbroken));
    unbroken = '';
    await nextTurn();
  }
  // What is left of a page are its cursor and its total.
  pieces.push(Buffer.from(`${unbroken}],${JSON.stringify(rest).slice(1)}`));
  return Buffer.concat(pieces);
}

/** Heavy pages become JSON piece by piece, with the event loop free in between: others do not wait for the whole. */
export function writeHeavyPages(fastify: FastifyInstance): void {
  fastify.addHook('preSerialization', (_request, reply, payload, done) => {
    if (typeof payload !== 'object' || payload === null || !isHeavyPage(payload)) return done(null, payload);
    const write = async (): Promise<void> => {
      const bytes = await writing.run(() => asJson(reply, payload));
      reply.raw.setTimeout(STALLED_MS);
      reply.serializer(() => bytes as never);
    };
    write().then(() => done(null, payload), done);
  });
}
