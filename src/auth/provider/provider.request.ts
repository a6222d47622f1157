import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { TokenRequest } from '../token/token.service.js';

/**
 * A request of our own making: the provider derives URLs from the host and the scheme it sees, so it sees those of
 * PUBLIC_URL, and none of the client's headers but its credentials.
 */
export function providerRequest(
  publicUrl: string,
  { method, path, authorization, form }: TokenRequest,
): IncomingMessage {
  const { host, protocol } = new URL(publicUrl);
  const request = new IncomingMessage(new Socket());
  request.method = method;
  request.url = path;
  request.headers = { host, 'x-forwarded-proto': protocol.slice(0, -1), accept: 'application/json' };
  if (authorization !== undefined) request.headers.authorization = authorization;
  if (form !== undefined) {
    const body = Buffer.from(new URLSearchParams([...form]).toString());
    request.headers['content-type'] = 'application/x-www-form-urlencoded';
    request.headers['content-length'] = String(body.length);
    request.push(body);
  }
  request.push(null);
  request.complete = true;
  return request;
}
