import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Answer } from '../../support/desk.js';
import type { Attack } from './attacks.js';
import { assertRules } from './rules.js';
import type { World } from './world.js';

/** An answer as it came over the wire, and what became of the connection. */
export interface RawAnswer extends Answer {
  /** How many answers came. */
  answers: number;
  /** Whether the server ended the connection before we lost patience. */
  closed: boolean;
  /** From the connection's begin to its end, in milliseconds. */
  lasted: number;
}

const PATIENCE_MS = 5_000;

export async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => undefined); // A server that hangs up is what many rows are about.
  await once(socket, 'connect');
  return socket;
}

export const hostOf = (url: string): string => new URL(url).host;

function parse(text: string): Answer & { answers: number } {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [start = '', ...lines] = head.split('\r\n');
  const headers = new Headers();
  for (const line of lines)
    headers.append(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim());
  const body = rest
    .join('\r\n\r\n')
    .slice(0, Number(headers.get('content-length') ?? Number.POSITIVE_INFINITY));
  const isJson = /json/.test(headers.get('content-type') ?? '') && body.endsWith('}');
  return {
    status: Number(start.split(' ')[1] ?? 0),
    headers,
    text: body,
    body: isJson ? JSON.parse(body) : undefined,
    answers: text.match(/^HTTP\/1\.1 \d{3} /gm)?.length ?? 0,
  };
}

/** Reads until the server ends the connection, or for as long as we wait. */
export async function readAll(socket: Socket, patience = PATIENCE_MS): Promise<RawAnswer> {
  const began = performance.now();
  let text = '';
  socket.setEncoding('latin1').on('data', (piece) => (text += String(piece)));
  let closed = true;
  const timer = setTimeout(() => {
    closed = false;
    socket.destroy();
  }, patience);
  if (!socket.closed) await once(socket, 'close');
  clearTimeout(timer);
  return { ...parse(text), closed, lasted: performance.now() - began };
}

/** Sends these bytes on a connection of their own. */
export async function sendRaw(
  world: World,
  bytes: string | Uint8Array,
  patience?: number,
): Promise<RawAnswer> {
  const socket = await open(world.url);
  socket.write(bytes);
  return readAll(socket, patience);
}

/**
 * A request written by hand: HOST stands for our host. Where a path could be read in two ways it is given, so that
 * the rules know whose answer it is.
 */
export const raw =
  (lines: readonly string[], body = '', path = '/'): Attack =>
  async (world) => {
    const head = lines.map((line) => line.replace('HOST', hostOf(world.url))).join('\r\n');
    const answer = await sendRaw(world, `${head}\r\n\r\n${body}`);
    assertRules(lines[0]?.split(' ')[0] ?? '', path, answer);
    return answer;
  };
