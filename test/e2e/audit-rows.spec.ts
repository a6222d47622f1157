import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, type Desk, openDesk } from '../support/desk.js';
import { type Asked, askedFor, type AuditedAs, pathOf, WRITES } from '../support/operation.fixtures.js';
import { Things } from '../support/operation.things.js';

type Paths = Record<string, Record<string, unknown>>;

/** Every operation of the committed document that may change something. */
const OPERATIONS = Object.entries(
  (JSON.parse(readFileSync('test/e2e/openapi.json', 'utf8')) as { paths: Paths }).paths,
)
  .flatMap(([path, item]) => Object.keys(item).map((verb) => ({ method: verb.toUpperCase(), path })))
  .filter(({ method }) => method !== 'GET')
  .map((operation) => ({ ...operation, name: `${operation.method} ${operation.path}` }));

interface Row {
  action: string;
  subject_type: string;
  subject_id: string;
  principal_type: string;
  principal_id: string;
  client_id: string;
}

let desk: Desk;
let caller: number;
let things: Things;

beforeAll(async () => {
  desk = await openDesk();
  caller = (await desk.ask('GET', '/api/v1/me', { as: 'admin' })).body.id as number;
  things = new Things(desk.database, caller, 'made');
});
afterAll(() => desk?.close());

/** What the work adds to the audit. */
async function rowsOf(work: () => Promise<Answer>): Promise<{ answer: Answer; rows: Row[] }> {
  const [before] = await desk.database.query<{ id: number }>({
    text: 'SELECT coalesce(max(id), 0) AS id FROM audit',
  });
  const answer = await work();
  const rows = await desk.database.query<Row>({
    text: `SELECT action, subject_type, subject_id, principal_type, principal_id, client_id
           FROM audit WHERE id > $1 ORDER BY id`,
    values: [before?.id],
  });
  return { answer, rows };
}

function subjectOf({ subject }: AuditedAs, { path }: Asked, { body }: Answer): string {
  if (subject === 'the caller') return String(caller);
  return String(subject === 'space_id of the answer' ? body.space_id : (body?.id ?? path?.id));
}

describe('each operation that may change something', () => {
  it('has a fixture, and no other has', () => {
    expect(Object.keys(WRITES).sort()).toEqual(OPERATIONS.map(({ name }) => name).sort());
  });

  it.each(OPERATIONS)(
    'leaves one row in the audit, or says why not: $name',
    async ({ method, path, name }) => {
      const write = WRITES[name];
      if (write === undefined)
        throw new Error(`${name} has no fixture in test/support/operation.fixtures.ts`);
      const { audit } = write;
      if (name.startsWith('POST /api/v1/token')) {
        expect(typeof audit).toBe('string');
        return;
      }
      const asked = await askedFor(name, things);
      const { answer, rows } = await rowsOf(() =>
        desk.ask(method, pathOf(path, asked), { as: 'admin', body: asked.body }),
      );
      expect([answer.status < 300, answer.text]).toEqual([true, answer.text]);
      expect(rows).toEqual(
        typeof audit === 'string'
          ? []
          : [
              {
                action: audit.action,
                subject_type: audit.subject_type,
                subject_id: subjectOf(audit, asked, answer),
                principal_type: 'user',
                principal_id: String(caller),
                client_id: 'frontdesk',
              },
            ],
      );
    },
  );
});
