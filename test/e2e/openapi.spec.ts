import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { routesOf } from '../../src/platform/http/adapter.js';
import { committed } from '../support/committed.js';
import { type Desk, openDesk } from '../support/desk.js';

const DOCUMENT = 'test/e2e/openapi.json';

/** What is served but is no operation of the API. */
const NOT_OPERATIONS =
  /^\/(?:health\/(?:live|ready)|metrics|docs.*|openapi\.json|api\/v1\/(?:docs|redoc|openapi\.json))$|^\*$/;

let desk: Desk;
let text: string;

interface Operation {
  deprecated?: boolean;
  summary?: string;
  responses: Record<string, { content?: Record<string, { schema?: unknown }> }>;
}

beforeAll(async () => {
  desk = await openDesk();
  text = (await desk.ask('GET', '/openapi.json')).text;
});
afterAll(() => desk.close());

const operations = (): [string, Operation][] => {
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, Operation>> };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
};

describe('the OpenAPI document', () => {
  it('equals the committed file', () => {
    const pretty = `${JSON.stringify(JSON.parse(text), null, 1)}\n`;
    expect(pretty).toBe(committed(DOCUMENT, pretty));
  });

  it('is OpenAPI 3.1 with a relative server and token URL', () => {
    const document = JSON.parse(text);
    expect(document.openapi).toBe('3.1.0');
    expect(document.servers).toEqual([{ url: '/' }]);
    expect(document.components.securitySchemes.oauth2.flows.password.tokenUrl).toBe('/api/v1/token');
  });

  it('has an operation for every route and a route for every operation', () => {
    const served = routesOf(desk.app.getHttpAdapter().getInstance())
      .filter(({ path, method }) => !NOT_OPERATIONS.test(path) && method !== 'OPTIONS')
      .map(({ method, path }) => `${method} ${path.replace(/:([a-z_]+)/g, '{$1}').replace(/(?<=.)\/$/, '')}`);
    const described = operations().map(([name]) => name.replace(/(?<=.)\/$/, ''));
    expect([...new Set(described)].sort()).toEqual([...new Set(served)].sort());
  });

  it('gives each operation a summary and the schema of its success', () => {
    for (const [name, { summary, responses }] of operations()) {
      const success = Object.keys(responses).find(
        (status) => status.startsWith('2') || status.startsWith('3'),
      );
      expect(`${name}: ${summary ?? ''}`).not.toBe(`${name}: `);
      expect(`${name}: ${success ?? 'no success'}`).toMatch(/ \d+$/);
      if (success === '204' || success?.startsWith('3')) continue;
      expect(`${name}: ${JSON.stringify(responses[success as string]?.content)}`).toContain('"schema":{');
    }
  });
});
