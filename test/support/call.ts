import { type Agent, type IncomingHttpHeaders, request } from 'node:http';
import { request as requestOverTls } from 'node:https';

/** A Unix socket, a port of the loopback, or one that speaks TLS with a certificate of whoever's making. */
export type Place =
  { socketPath: string } | { port: number } | { host: string; port: number; servername: string };

export interface CallOptions {
  token?: string;
  /** A string is sent as it is, anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Keeps its connection for the next call when given. */
  agent?: Agent;
}

export interface Called {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The parsed body of a JSON answer. Tests look into it freely, so its shape is left open. */
  body: Body;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- an answer is whatever the server sent; each test asserts the part it reads.
type Body = any;

/** One request over TCP, TLS or a Unix socket; unlike fetch it shows what becomes of the connection. */
export function call(
  place: Place,
  method: string,
  path: string,
  { token, body, headers = {}, agent }: CallOptions = {},
): Promise<Called> {
  const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const ask = 'servername' in place ? requestOverTls : request;
    const asked = ask(
      {
        ...('port' in place ? { host: '127.0.0.1', rejectUnauthorized: false, ...place } : place),
        method,
        path,
        agent: agent ?? false,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(content === undefined ? {} : { 'content-length': String(Buffer.byteLength(content)) }),
          ...(content === undefined || typeof body === 'string'
            ? {}
            : { 'content-type': 'application/json' }),
          ...headers,
        },
      },
      (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (piece: Buffer) => pieces.push(piece));
        answer.once('error', reject);
        answer.once('end', () => {
          const text = Buffer.concat(pieces).toString('utf8');
          const isJson =
            /json/.test(answer.headers['content-type'] ?? '') && !answer.headers['content-encoding'];
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text,
            body: isJson && text !== '' ? JSON.parse(text) : undefined,
          });
        });
      },
    );
    asked.once('error', reject);
    asked.end(content);
  });
}
