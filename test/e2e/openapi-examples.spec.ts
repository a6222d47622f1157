import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { ruleOf } from '../../src/platform/validation/text.js';
import { EXAMPLE_SECRET } from '../../src/spaces/displays/display-token.schemas.js';
import { openDataSource } from '../support/data-source.js';
import { type Answer, type Desk, form, makeEmployee, openDesk } from '../support/desk.js';
import { ApiDocument, type Described, type Parameter } from '../support/document.js';
import { EventReader } from '../support/event-stream.js';
import { takeSnapshot } from '../support/snapshot.js';

const FORM = 'application/x-www-form-urlencoded';

/** The secret of the display is another each time. */
const SHOWN_DISPLAY = `UPDATE display_tokens SET hash = sha256('${EXAMPLE_SECRET}')`;

/** What an example needs beside the first users, employee 1, ticket 1, and the space, door, device and display of the examples. */
const NEEDS: Record<string, string> = {
  'GET /api/v1/user/phone/{phone}': `UPDATE users SET phone = '${ruleOf('phone').examples[0]}' WHERE id = 3`,
  'GET /api/v1/user/email/{email}': `UPDATE users SET email = '${ruleOf('email').examples[0]}' WHERE id = 3`,
  'DELETE /api/v1/employees/{id}': 'DELETE FROM tickets',
  'DELETE /api/v1/employee/{id}': 'DELETE FROM tickets',
  'POST /api/v1/spaces': 'DELETE FROM doors; DELETE FROM spaces',
  'POST /api/v1/spaces/{id}/display-tokens': 'DELETE FROM display_tokens',
  'POST /api/v1/spaces/{id}/decrement': 'UPDATE space_counts SET inside = 1',
  'DELETE /api/v1/spaces/{id}': 'DELETE FROM doors',
  'POST /api/v1/doors': 'DELETE FROM doors',
  'POST /api/v1/devices': 'DELETE FROM devices',
  'GET /board/{display_token}/state': SHOWN_DISPLAY,
  'GET /board/{display_token}/stream': SHOWN_DISPLAY,
};

const MADE_BY_EXAMPLE = [
  'POST /api/v1/spaces',
  'POST /api/v1/doors',
  'POST /api/v1/devices',
  'POST /api/v1/spaces/{id}/display-tokens',
];

let desk: Desk;
let owner: DataSource;
let document: ApiDocument;
let restore: () => Promise<void>;

beforeAll(async () => {
  desk = await openDesk();
  document = await ApiDocument.of(desk);
  owner = await openDataSource(desk.testDatabase.ownerUrl);
  await makeEmployee(desk);
  await desk.ask('POST', '/api/v1/tickets', { as: 'admin', body: { title: 'The first', employee_id: 1 } });
  for (const name of MADE_BY_EXAMPLE) {
    const described = document.operations.find((operation) => operation.name === name) as Described;
    expect([name, (await execute(described)).status]).toEqual([name, 201]);
  }
  restore = await takeSnapshot(owner);
});

afterAll(async () => {
  await owner.destroy();
  await desk.close();
});

/** Ids of which the one is of nobody, the other none. */
const UNKNOWN = 'unknown';
const NONE = 'one';

const valueOf = ({ schema }: Parameter, replaced: string | undefined): string => {
  if (replaced !== UNKNOWN) return replaced ?? encodeURIComponent(String(schema.example));
  return schema.format === 'uuid' ? '0199c6f2-0000-7000-8000-000000000000' : '999999';
};

const filled = ({ path, operation }: Described, replaced?: string): string =>
  (operation.parameters ?? [])
    .filter((parameter) => parameter.in === 'path')
    .reduce((url, parameter) => url.replace(`{${parameter.name}}`, valueOf(parameter, replaced)), path);

/** A stream has no end: only its head is read. */
async function headOf(path: string): Promise<Answer> {
  const reader = await EventReader.open(`${desk.url}${path}`, { token: await desk.token('admin') });
  reader.leave();
  const headers = new Headers(reader.headers as Record<string, string>);
  return { status: reader.status, headers, text: '', body: '' };
}

/** Does what Swagger UI does when somebody presses Execute. */
function execute(
  described: Described,
  headers: Record<string, string> = {},
  path = filled(described),
): Promise<Answer> {
  const { method, operation } = described;
  if (path === filled(described) && operation.responses[200]?.content?.['text/event-stream'])
    return headOf(path);
  const example = document.exampleOf(operation);
  const isForm = operation.requestBody?.content?.[FORM] !== undefined;
  return desk.ask(method, path, {
    ...(operation.security?.length ? { as: 'admin' } : {}),
    ...(example === undefined ? {} : { body: isForm ? form(example as Record<string, string>) : example }),
    headers: { ...(isForm ? { 'content-type': FORM } : {}), ...headers },
  });
}

/** What is wrong with an answer by the document. */
function complaintsOf({ name, operation }: Described, answer: Answer): string[] {
  const documented = operation.responses[answer.status];
  if (documented === undefined) return [`${name} answers an undocumented ${answer.status}: ${answer.text}`];
  const [[type, content] = []] = Object.entries(documented.content ?? {});
  const sent = answer.headers.get('content-type')?.split(';')[0];
  if (content === undefined)
    return answer.text === '' ? [] : [`${name}: a body where none is documented: ${answer.text}`];
  if (type !== sent) return [`${name}: ${sent} instead of ${type}`];
  return document
    .complaints(content.schema, answer.body)
    .map((complaint) => `${name} ${answer.status}: ${complaint}`);
}

describe('the examples of the document', () => {
  it('are accepted by their own schemas', () => {
    for (const { name, operation } of document.operations) {
      for (const { schema } of Object.values(operation.requestBody?.content ?? {})) {
        const example = document.resolve(schema).example;
        expect([name, typeof example]).toEqual([name, 'object']);
        expect([name, document.complaints(schema, example)]).toEqual([name, []]);
      }
    }
  });

  it('work as they stand, and are answered as documented', async () => {
    const complaints: string[] = [];
    for (const described of document.operations) {
      await restore();
      const needs = NEEDS[described.name];
      if (needs !== undefined) await owner.query(needs);
      const answer = await execute(described);
      if (answer.status >= 300) complaints.push(`${described.name}: ${answer.status} ${answer.text}`);
      complaints.push(...complaintsOf(described, answer));
      const documented = Object.keys(described.operation.responses[answer.status]?.headers ?? {});
      for (const header of ['ETag', 'Location']) {
        if (answer.headers.has(header) !== documented.includes(header))
          complaints.push(`${described.name}: ${header} is not as documented`);
      }
    }
    expect(complaints).toEqual([]);
  }, 60_000);

  it('lead from page to page by the Link that is documented', async () => {
    await restore();
    const answer = await desk.ask('GET', '/api/v1/users?limit=2', { as: 'admin' });
    const next = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
    expect(next).toBe(`/api/v1/users?limit=2&cursor=${encodeURIComponent(answer.body.next_cursor)}`);
    const last = await desk.ask('GET', next as string, { as: 'admin' });
    expect([last.body.items.length, last.body.next_cursor, last.headers.get('link')]).toEqual([
      1,
      null,
      null,
    ]);
  });
});

describe('refusals', () => {
  it('come with the statuses and the body that the document names', async () => {
    await restore();
    const complaints: string[] = [];
    const refused = async (described: Described, status: number, asked: Promise<Answer>): Promise<void> => {
      const answer = await asked;
      if (answer.status !== status)
        complaints.push(`${described.name}: ${answer.status} instead of ${status}: ${answer.text}`);
      complaints.push(...complaintsOf(described, answer));
    };
    for (const described of document.operations) {
      const { method, path, operation } = described;
      if (operation.deprecated || !operation.security?.length) continue;
      const url = filled(described);
      const isJson = operation.requestBody !== undefined;
      const send = (body: string, type = 'application/json') =>
        desk.ask(method, url, { as: 'admin', body, headers: { 'content-type': type } });
      await refused(described, 401, desk.ask(method, url));
      if (path.includes('{')) {
        await refused(described, 404, execute(described, {}, filled(described, UNKNOWN)));
        await refused(described, 422, execute(described, {}, filled(described, NONE)));
      }
      if (isJson) {
        await refused(described, 400, send('{'));
        await refused(described, 413, send(JSON.stringify('x'.repeat(1024 * 1024))));
        await refused(described, 415, send('<a/>', 'application/xml'));
        await refused(described, 422, send('{"nobody_knows_this": 1}'));
      }
      if (method === 'POST')
        await refused(described, 422, execute(described, { 'idempotency-key': 'k'.repeat(201) }));
      else if (method !== 'GET') await refused(described, 412, execute(described, { 'if-match': '"999"' }));
      if (/^[a-z]+:/.test(operation['x-permission']?.[0] ?? '') && path.startsWith('/api/v1/users')) {
        await refused(
          described,
          403,
          desk.ask(method, url, { as: 'support', ...(isJson ? { body: {} } : {}) }),
        );
      }
    }
    expect(complaints).toEqual([]);
  }, 60_000);
});
