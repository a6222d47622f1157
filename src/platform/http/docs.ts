import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { createDocument } from './openapi.js';

/** Swagger UI at /docs and the document at /openapi.json. */
export function serveDocs(app: NestFastifyApplication, extra: OpenAPIObject['paths'] = {}): void {
  SwaggerModule.setup('docs', app, () => createDocument(app, extra), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Frontdesk API',
    swaggerOptions: {
      persistAuthorization: true,
      displayRequestDuration: true,
      docExpansion: 'list',
      tryItOutEnabled: true,
    },
  });
}
