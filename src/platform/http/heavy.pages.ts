import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { isHeavyPage, type Page } from '../pagination/page.js';
import { Turns } from '../turns.js';
import type { JsonSchema } from '../openapi/json-schema.js';

/** Characters after which others get their turn of the event loop. */
const BREATH = 256 * 1024;

/** A reader that takes nothing for this long is gone, whatever its connection says, and what was made for it goes too. */
const STALLED_MS = 45_000;

/** One is written at a time, so that a turn of the event loop is never longer than one piece. */
const writing = new Turns(
  1,
  64,
  'Too many long pages are being written at the moment. Send the request again, or ask for fewer items.',
);

/** The schema of the items, within that of the answer. */
function itemSchema(reply: FastifyReply): JsonSchema {
  const { response } = reply.routeOptions.schema as {
    response: Record<number, { properties: { items: { items: JsonSchema } } }>;
  };
  const schema = response[reply.statusCode]?.properties.items.items;
  if (schema === undefined)
    throw new Error(`${reply.routeOptions.url} declares no page for ${reply.statusCode}`);
  return schema;
}

async function asJson(
  reply: FastifyReply,
  { items, ...rest }: Page<Record<string, unknown>>,
): Promise<Buffer> {
  const schema = itemSchema(reply);
  const pieces: Buffer[] = [];
  let unbroken = '{"items":[';
  for (const [index, item] of items.entries()) {
    unbroken += `${index === 0 ? '' : ','}${reply.serializeInput(item, schema)}`;
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
