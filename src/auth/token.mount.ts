import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/env.js';
import { CONFIG } from '../platform/settings/config.js';
import { isFailure, Problem } from '../platform/errors/problem.js';
import { readOn, sendProblem } from '../platform/errors/problem.filter.js';
import { addressOf } from '../platform/http/address.js';
import { log } from '../platform/log/log.js';
import { requestSource } from './request.source.js';
import { asFirstParty } from './token/first-party.js';
import { parseForm } from './token/form.js';
import { invalidRequest, OAuthRefusal } from './token/oauth.refusal.js';
import { Revocation } from './token/revocation.js';
import { refusalOf, type Rendered, renderAnswer, renderRefusal } from './token/token.answer.js';
import { PATHS, type TokenRequest, TokenService } from './token/token.service.js';

const BODY_LIMIT = 16 * 1024;
const FORM = /^application\/x-www-form-urlencoded *(;|$)/i;
const METHODS_BUT_POST = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'];
const DOCUMENTS = [PATHS.oauthMetadata, PATHS.openidConfiguration, PATHS.jwks];

/**
 * Puts the token endpoints beside Nest's routes, in a scope whose bodies and errors are OAuth's.
 * Call it after the hooks of the whole server are set, and before the application is initialised.
 */
export async function mountTokenEndpoints(
  app: NestFastifyApplication,
  fastify: FastifyInstance,
): Promise<void> {
  const config = app.get<Config>(CONFIG);
  const tokens = app.get(TokenService);
  const revocation = app.get(Revocation);

  await fastify.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, readForm);
    scope.addHook('onRequest', refuseOtherSpellings);
    scope.setErrorHandler((error, request, reply) => sendRefusal(config, error, request, reply));

    const post = (
      path: string,
      answer: (request: TokenRequest & { form: Map<string, string> }) => Promise<Rendered>,
    ): void => {
      scope.post(path, { bodyLimit: BODY_LIMIT }, async (request, reply) => {
        refuseForeignOrigin(request, config);
        const source = { address: addressOf(request), request_id: request.id };
        const given = tokenRequest(request, path, config);
        return send(reply, await requestSource.run(source, () => answer(given)));
      });
      scope.route({ method: METHODS_BUT_POST, url: path, handler: refuseMethod });
    };
    post(PATHS.token, async (request) => renderAnswer(await tokens.answer(request), config.compat));
    post(PATHS.revoke, async (request) => renderAnswer(await revocation.answer(request), config.compat));

    for (const path of DOCUMENTS) {
      scope.get(path, async (_request, reply) => {
        const answer = renderAnswer(await tokens.answer({ method: 'GET', path }), config.compat);
        return send(reply.header('cache-control', 'public, max-age=300'), answer, ['content-type']);
      });
    }
    done();
  });
}

function readForm(
  request: FastifyRequest,
  body: unknown,
  done: (error: Error | null, form?: unknown) => void,
): void {
  try {
    if (!FORM.test(request.headers['content-type'] ?? ''))
      throw invalidRequest('Send a form, as application/x-www-form-urlencoded.');
    done(null, parseForm(body as Buffer));
  } catch (error) {
    done(error as Error);
  }
}

function tokenRequest(
  { body, headers }: FastifyRequest,
  path: string,
  { compat }: Config,
): TokenRequest & { form: Map<string, string> } {
  if (!(body instanceof Map))
    throw invalidRequest('The request has no body: send a form, as application/x-www-form-urlencoded.');
  const form = body as Map<string, string>;
  if (path === PATHS.token && !form.has('grant_type')) form.set('grant_type', 'password');
  const anyName = compat && path === PATHS.token && form.get('grant_type') === 'password';
  return {
    method: 'POST',
    path,
    ...asFirstParty({ authorization: headers.authorization, form }, { anyName }),
  };
}

/** The router decodes escapes; a limit that a proxy sets on a path must see every spelling that leads here. */
function refuseOtherSpellings(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const [path] = (request.raw.url ?? '').split('?');
  if (path === request.routeOptions.url) done();
  else reply.callNotFound();
}

/** A page of another origin may call only when CORS_ORIGINS names it; browsers send Origin with our own pages' posts too. */
function refuseForeignOrigin(
  { headers: { origin, host } }: FastifyRequest,
  { publicUrl, corsOrigins }: Config,
): void {
  if (origin === undefined || origin === publicUrl || corsOrigins.includes(origin)) return;
  if (URL.canParse(origin) && new URL(origin).host === host) return;
  throw invalidRequest(
    'Pages of this origin may not ask for tokens: the operator allows origins in CORS_ORIGINS.',
  );
}

function refuseMethod(): never {
  throw new Problem(405, 'method_not_allowed', 'This endpoint takes POST alone.', {
    headers: { allow: 'POST' },
  });
}

/** @param names the headers of the answer to send; all without it. */
function send(
  reply: FastifyReply,
  { status, headers, body }: Rendered,
  names = Object.keys(headers),
): FastifyReply {
  for (const name of names) if (headers[name] !== undefined) void reply.header(name, headers[name]);
  return reply.code(status).send(body === undefined ? '' : JSON.stringify(body));
}

function sendRefusal({ compat }: Config, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = refusalOf(error);
  if (!(refusal instanceof OAuthRefusal)) {
    sendProblem(refusal, request, reply);
    return;
  }
  if (refusal.status === 413) readOn(reply);
  if (refusal.status >= 500 && !(error instanceof Problem && !isFailure(error)))
    log.error({ request_id: request.id, err: causeOf(error) }, refusal.description);
  send(reply.type('application/json; charset=utf-8'), renderRefusal(refusal, compat));
}

const causeOf = (error: unknown): unknown => (error instanceof Problem ? (error.cause ?? error) : error);
