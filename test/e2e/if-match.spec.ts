import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Desk, openDesk } from '../support/desk.js';
import { askedFor, pathOf, WRITES } from '../support/operation.fixtures.js';
import { Things } from '../support/operation.things.js';
import { writtenState } from '../support/written.js';

/** The legacy APIs know no If-Match. */
const LEGACY = /^\w+ (?:\/space|\/api\/v1\/(?:user|employee|ticket)(?=\/|$))/;

const CHANGES = Object.keys(WRITES).filter(
  (name) => /^(?:PATCH|PUT|DELETE) /.test(name) && !LEGACY.test(name),
);

let desk: Desk;
let things: Things;
beforeAll(async () => {
  desk = await openDesk();
  const { body } = await desk.ask('GET', '/api/v1/me', { as: 'admin' });
  things = new Things(desk.database, body.id as number, 'made');
});
afterAll(() => desk?.close());

describe('a change of another version than the one that was read', () => {
  it.each(CHANGES)('is refused and changes nothing: %s', async (name) => {
    const [method = '', path = ''] = name.split(' ');
    const asked = await askedFor(name, things);
    const before = await writtenState(desk.testDatabase.ownerUrl);
    const { status, body } = await desk.ask(method, pathOf(path, asked), {
      as: 'admin',
      body: asked.body,
      headers: { 'if-match': '"999"' },
    });
    expect([status, body?.code]).toEqual([412, 'precondition_failed']);
    // A password that is tried is counted before anything else, and taken back from the count.
    const { ['public.sign_in_limits']: counted, ...after } = await writtenState(desk.testDatabase.ownerUrl);
    expect({
      ...after,
      'public.sign_in_limits': name.endsWith('/me/password') ? before['public.sign_in_limits'] : counted,
    }).toEqual(before);
  });
});
