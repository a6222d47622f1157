import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { DOCS_CSS } from './docs.css.js';
import { Reloads } from '../reloads.js';
import { createDocument, type Documentation } from './openapi.js';

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
  let made: OpenAPIObject | undefined;
  app.get(Reloads).whenReloaded(() => (made = undefined));
  const current = (): OpenAPIObject => (made ??= createDocument(app, documentation));
  SwaggerModule.setup('docs', app, current, {
    // The library keeps the first one for ever.
    patchDocumentOnRequest: current,
    jsonDocumentUrl: 'openapi.json',
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
