import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routesOf } from '../../src/platform/http/adapter.js';
import { committed } from '../support/committed.js';
import { type Desk, openDesk } from '../support/desk.js';
import { ApiDocument, type Described, type Schema } from '../support/document.js';

const DOCUMENT = 'test/e2e/openapi.json';

/** What is served but is no operation of the API. */
const NOT_OPERATIONS =
  /^\/(?:health\/(?:live|ready)|metrics|docs.*|openapi\.json|board\/(?::display_token|assets\/.*)|api\/v1\/(?:docs|redoc|openapi\.json))$|^\*$/;

/** Named by whoever asks, in their own words. */
const NOT_IDS = /\.(?:request|client)_id$|\.results\[\]\.event_id$/;

/** Also open to devices. */
const OF_DEVICES = ['POST /api/v1/doors/{id}/events'];

let desk: Desk;
let document: ApiDocument;

beforeAll(async () => {
  desk = await openDesk();
  document = await ApiDocument.of(desk);
});
afterAll(() => desk?.close());

/** Calls back with every schema below one, and where it stands. */
function walk(schema: Schema, path: string, visit: (schema: Schema, path: string) => void): void {
  visit(schema, path);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    walk(property, `${path}.${name}`, visit);
  if (schema.items) walk(schema.items, `${path}[]`, visit);
}

const nativeOperations = (): Described[] =>
  document.operations.filter(({ operation }) => !operation.deprecated);

describe('the OpenAPI document', () => {
  it('equals the committed file', () => {
    const pretty = `${JSON.stringify(document.raw, null, 1)}\n`;
    expect(pretty).toBe(committed(DOCUMENT, pretty));
  });

  it('is OpenAPI 3.1 with a relative server and token URL', () => {
    expect(document.raw).toMatchObject({
      openapi: '3.1.0',
      servers: [{ url: '/' }],
      components: { securitySchemes: { oauth2: { flows: { password: { tokenUrl: '/api/v1/token' } } } } },
    });
  });

  it('has an operation for every route and a route for every operation', () => {
    const served = routesOf(desk.app.getHttpAdapter().getInstance())
      .filter(({ path, method }) => !NOT_OPERATIONS.test(path) && method !== 'OPTIONS')
      // The token endpoints answer other methods with a 405 of their own.
      .filter(({ path, method }) => !path.startsWith('/api/v1/token') || method === 'POST')
      .map(({ method, path }) => `${method} ${path.replace(/:([a-z_]+)/g, '{$1}').replace(/(?<=.)\/$/, '')}`);
    const described = document.operations.map(({ name }) => name.replace(/(?<=.)\/$/, ''));
    expect([...new Set(described)].sort()).toEqual([...new Set(served)].sort());
  });

  it('gives each operation a name of its own, a summary, a known section and the schema of its success', () => {
    const ids = document.operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const sections = (document.raw.tags as { name: string; description: string }[]).map(({ name }) => name);
    for (const { name, operation } of document.operations) {
      expect(`${name}: ${operation.summary ?? ''}`).toMatch(/: [A-Z`]/);
      expect(sections).toEqual(expect.arrayContaining(operation.tags));
      const [success] = Object.keys(operation.responses).filter((status) => status.startsWith('2'));
      expect(`${name}: ${success}`).toMatch(/: 20[014]$/);
      if (success === '204' || name === 'POST /api/v1/token/revoke') continue;
      expect(`${name}: ${JSON.stringify(operation.responses[success as string]?.content)}`).toContain(
        '"schema":{',
      );
    }
  });

  it('has no reference that leads nowhere and no schema that is used by nobody', () => {
    const text = JSON.stringify(document.raw);
    const targets = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, target]) => target as string);
    for (const target of targets) {
      const found = target
        .split('/')
        .reduce<unknown>((node, key) => (node as Record<string, unknown>)?.[key], document.raw);
      expect(`${target}: ${typeof found}`).toBe(`${target}: object`);
    }
    for (const name of Object.keys(document.raw.components.schemas))
      expect(targets).toContain(`components/schemas/${name}`);
  });

  it('describes every parameter, and every property or shows an example of it', () => {
    for (const { name, path, operation } of document.operations) {
      const parameters = operation.parameters ?? [];
      for (const parameter of parameters)
        expect(`${name} ${parameter.name}: ${parameter.description}`).toMatch(/: [A-Z`]/);
      const inPath = parameters
        .filter((parameter) => parameter.in === 'path')
        .map((parameter) => `{${parameter.name}}`);
      expect(inPath).toEqual(path.match(/\{[^}]+\}/g) ?? []);
    }
    for (const [name, component] of Object.entries(document.raw.components.schemas)) {
      walk(component, name, (schema, path) => {
        if (path === name || path.endsWith('[]') || schema.$ref !== undefined) return;
        expect(`${path}: ${Object.keys(schema).join(' ')}`).toMatch(/description|example/);
      });
    }
  });

  it('pre-fills nothing in a list or a header, and something in every path', () => {
    for (const { name, operation } of document.operations) {
      for (const parameter of operation.parameters ?? []) {
        const { example } = parameter.schema;
        expect(`${name} ${parameter.name}: ${example === undefined}`).toBe(
          `${name} ${parameter.name}: ${parameter.in !== 'path'}`,
        );
        expect(parameter).not.toHaveProperty('example');
        expect(parameter).not.toHaveProperty('examples');
      }
    }
  });

  it('has whole numbers or UUIDs for ids and shows examples that its own schemas accept', () => {
    for (const [name, component] of Object.entries(document.raw.components.schemas)) {
      walk(component, name, (schema, path) => {
        if (/(?:\.|_)id$/.test(path) && !NOT_IDS.test(path))
          expect([path, schema.format === 'uuid' ? 'integer' : schema.type].flat()).toContain('integer');
        if (schema.example !== undefined)
          expect([path, document.complaints(schema, schema.example)]).toEqual([path, []]);
      });
    }
    for (const { name, operation } of document.operations) {
      for (const { schema } of operation.parameters ?? []) {
        const shown = schema.example ?? schema.default;
        if (shown !== undefined) expect([name, document.complaints(schema, shown)]).toEqual([name, []]);
      }
    }
  });

  it('says who may call an operation, and how it may refuse', () => {
    for (const { name, operation } of document.operations) {
      const permissions = operation['x-permission'] ?? [];
      const open = permissions.includes('public');
      expect(`${name}: ${permissions.join(' ')}`).toMatch(
        /: (?:public|authenticated|[a-z]+:[a-z_]+(?: [a-z]+:[a-z_]+)*)$/,
      );
      const devices = OF_DEVICES.includes(name) ? [{ device: [] }] : [];
      expect([name, operation.security ?? []]).toEqual([name, open ? [] : [...devices, { oauth2: [] }]]);
    }
    for (const { name, path, method, operation } of nativeOperations()) {
      const statuses = Object.keys(operation.responses);
      if (operation['x-permission']?.includes('public')) continue;
      expect([name, statuses]).toEqual([name, expect.arrayContaining(['401', '503'])]);
      if (!operation['x-permission']?.includes('authenticated'))
        expect([name, statuses]).toEqual([name, expect.arrayContaining(['403'])]);
      expect([name, statuses.includes('404')]).toEqual([name, path.includes('{')]);
      expect([name, statuses.includes('412')]).toEqual([name, !['GET', 'POST'].includes(method)]);
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (status >= '400')
          expect([name, Object.keys(content ?? {})]).toEqual([name, ['application/problem+json']]);
      }
    }
  });
});
