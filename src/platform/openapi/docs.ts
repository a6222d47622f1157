import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { DOCS_CSS } from './docs.css.js';
import { Settings, type Snapshot } from '../settings/settings.js';
import { createDocument, type Documentation } from './document.js';

/**
 * The page runs its own files and speaks to this server, nothing else. Styles are written into the page by Swagger UI,
 * its icons are data URLs.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE = '/docs';
const DOCUMENT = '/openapi.json';

/** What this part serves: the page with its files, and the document. */
export const DOCS_PATHS = [PAGE, `${PAGE}/*`, DOCUMENT];

/** The same for everybody and another only after an update or a reload, so a proxy may keep it; the page itself names its files. */
const KEEP = 'public, max-age=300';

function letProxiesKeep(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (route.url !== DOCUMENT && !/^\/docs\/(?:\*|.*\.js)$/.test(route.url)) return;
    route.onSend = (_request, reply, payload, done) => {
      if (reply.statusCode === 200 || reply.statusCode === 304) void reply.header('cache-control', KEEP);
      done(null, payload);
    };
  });
}

function protectPages(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (/^\/docs(?:[/?]|$)/.test(request.url)) {
      reply.raw.setHeader('content-security-policy', POLICY);
      reply.raw.setHeader('referrer-policy', 'same-origin');
    }
    done();
  });
}

/** Swagger UI at /docs and the document at /openapi.json. */
export function serveDocs(
  app: NestFastifyApplication,
  fastify: FastifyInstance,
  documentation: Documentation,
): void {
  protectPages(fastify);
  letProxiesKeep(fastify);
  let made: { of: Snapshot; document: OpenAPIObject } | undefined;
  const current = (): OpenAPIObject => {
    const of = app.get(Settings).current;
    if (made?.of !== of) made = { of, document: createDocument(app, documentation) };
    return made.document;
  };
  SwaggerModule.setup(PAGE, app, current, {
    // The library keeps the first one for ever.
    patchDocumentOnRequest: current,
    jsonDocumentUrl: DOCUMENT,
    raw: ['json'],
    customSiteTitle: 'Frontdesk API',
    customCss: DOCS_CSS,
    swaggerOptions: {
      // Swagger UI would keep the password itself in the browser's local storage.
      persistAuthorization: false,
      displayRequestDuration: true,
      docExpansion: 'list',
      tryItOutEnabled: true,
      syntaxHighlight: { theme: 'agate' },
    },
  });
}
