import type { FastifyInstance, FastifyRequest } from 'fastify';
import secureJson from 'secure-json-parse';
import { Problem } from '../errors/problem.js';

const MAX_DEPTH = 32;
const BODY_LIMIT = 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const malformed = (detail: string, cause?: unknown, reason?: 'json_syntax'): Problem =>
  new Problem(400, 'malformed_request', detail, { cause, reason });

const isForbiddenName = (error: unknown): boolean =>
  /forbidden prototype property/.test((error as Error).message);

/** Depth of nesting, found without parsing: a parser would use stack or time for what is refused anyway. */
function tooDeep(json: string): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index += 1) {
    const char = json.charCodeAt(index);
    if (inString) {
      if (char === 0x5c) index += 1;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x7b || char === 0x5b) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (char === 0x7d || char === 0x5d) depth -= 1;
  }
  return false;
}

/** @throws Problem 400 for what is not JSON in UTF-8, is nested too deep, or tries to reach a prototype. */
export function parseJson(body: Buffer): unknown {
  let json: string;
  try {
    json = utf8.decode(body);
  } catch (cause) {
    throw malformed('The body is not valid UTF-8.', cause);
  }
  if (json === '') return undefined;
  if (tooDeep(json)) throw malformed(`The body is nested deeper than ${MAX_DEPTH} levels.`);
  try {
    return secureJson.parse(json, undefined, { protoAction: 'error', constructorAction: 'error' });
  } catch (cause) {
    if (isForbiddenName(cause)) throw malformed('The body names __proto__ or constructor.', cause);
    throw malformed('The body is not JSON.', cause, 'json_syntax');
  }
}

function refuseEncoding(request: FastifyRequest): void {
  if (request.headers['content-encoding'] !== undefined) {
    throw new Problem(415, 'unsupported_media_type', 'A body must come as it is, without Content-Encoding.');
  }
}

/** JSON and JSON Merge Patch (RFC 7396) are read; every other media type is 415. */
export function readJsonBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addHook('preParsing', (request, _reply, payload, done) => {
    // Before the body: what was sent to a path that is not there is not worth reading.
    if (request.is404) throw new Problem(404, 'not_found', 'There is no such path, or not with this method.');
    refuseEncoding(request);
    done(null, payload);
  });
  fastify.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
    (_request, body, done) => {
      try {
        done(null, parseJson(body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  // Two tokens in one request are refused as such (RFC 6750, 2); other forms get the 415 of any media type.
  fastify.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: BODY_LIMIT },
    (request, body, done) => {
      const twoTokens =
        request.headers.authorization !== undefined &&
        new URLSearchParams(body as string).has('access_token');
      done(
        twoTokens
          ? new Problem(400, 'invalid_request', 'Send one token only, in the Authorization header.')
          : new Problem(415, 'unsupported_media_type', 'Send JSON, as application/json.'),
      );
    },
  );
}
