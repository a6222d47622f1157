import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UserImport } from '../../src/users/user.import.js';
import { UserOperations } from '../../src/users/user.operations.js';
import { type Answer, type Desk, form, makeUser, openDesk, PASSWORD } from '../support/desk.js';
import { ApiDocument, type Schema } from '../support/document.js';
import { digestSpellings, dumpOf, plainSpellings, rowsWith } from '../support/dump.js';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.close());

const KEY = { 'idempotency-key': 'the-same' };
const newUser = (username: string, password: string) => ({
  username,
  password,
  first_name: 'A',
  last_name: 'B',
  roles: ['support'],
});
const tokenOf = async (username: string, password: string): Promise<string> =>
  String((await desk.signIn(username, password)).body.access_token);

describe('no table holds', () => {
  /** Every password that was sent, with the texts of which a digest could have been taken. */
  const sent = new Map<string, string[]>();
  /** Secrets that we made and showed once. */
  const shown: string[] = [];

  /** Sends a body with a password, with a key, and once more, as a client does that lost the answer. */
  async function send(
    method: string,
    path: string,
    as: string,
    body: Record<string, unknown>,
    status: number,
  ): Promise<void> {
    const url = `/api/v1${path}`;
    const headers = { 'idempotency-key': `${method}-${path}` };
    for (const password of [body.password, body.old_password].filter((one) => typeof one === 'string')) {
      const text = JSON.stringify(body);
      const texts = [password, text, `${url}\0${text}`, `${method} ${url}\0${text}`, `${url}${text}`];
      sent.set(password, [...(sent.get(password) ?? []), ...texts]);
    }
    const answer = await desk.ask(method, url, { as, body, headers });
    expect(`${method} ${path} ${answer.status} ${answer.text}`).toMatch(
      new RegExp(`^${method} ${path} ${status} `),
    );
    await desk.ask(method, url, { as, body, headers });
  }

  const show = async (path: string, body: Record<string, unknown>): Promise<Answer> => {
    const headers = { 'idempotency-key': `show-${path}` };
    const first = await desk.ask('POST', `/api/v1${path}`, { as: 'manager', body, headers });
    expect([path, first.body.secret]).toEqual([path, expect.any(String)]);
    shown.push(String(first.body.secret));
    const again = await desk.ask('POST', `/api/v1${path}`, { as: 'manager', body, headers });
    expect(again.body).toEqual({ ...first.body, secret: null, ...('url' in first.body && { url: null }) });
    return first;
  };

  beforeAll(async () => {
    await send('POST', '/users', 'admin', newUser('native', 'Native-Secret-1'), 201);
    await send('POST', '/users', 'admin', newUser('refused', 'too weak a password'), 422);
    const { id } = (await desk.ask('GET', '/api/v1/users?username=native', { as: 'admin' })).body.items[0];
    const change = { old_password: 'Native-Secret-1', password: 'Native-Secret-2' };
    const own = await tokenOf('native', 'Native-Secret-1');
    await send('PUT', '/me/password', own, { ...change, old_password: 'Mistyped-Secret-1' }, 422);
    await send('PUT', '/me/password', own, change, 204);
    await send('PUT', `/users/${id}/password`, 'admin', { password: 'Native-Secret-3' }, 204);

    const { roles, ...legacy } = newUser('legacy', 'Legacy-Secret-1');
    await send('POST', '/user', 'admin', { ...legacy, role: roles }, 200);
    const token = await tokenOf('legacy', 'Legacy-Secret-1');
    await send('PATCH', '/user/password', token, { password: 'Legacy-Secret-2' }, 200);
    await send('PATCH', `/user/${id}/password`, 'admin', { password: 'Legacy-Secret-3' }, 200);

    const operations = desk.app.get(UserOperations);
    await operations.create('user create', newUser('by.command', 'Command-Secret-1'));
    await operations.setPassword('user set-password', 'by.command', 'Command-Secret-2');
    const values = { ...newUser('imported', 'Import-Secret-1'), roles: 'support' };
    const importer = desk.app.get(UserImport).start({ command: 'import users' });
    expect(await importer.importBatch([{ line: 2, values }], false)).toEqual([{ line: 2, changed_texts: 0 }]);
    for (const password of ['Command-Secret-1', 'Command-Secret-2', 'Import-Secret-1', PASSWORD])
      sent.set(password, [password]);

    const signedIn = await desk.signIn('imported', 'Import-Secret-1');
    expect((await desk.signIn('imported', 'Wrong-Secret-1')).status).toBe(400);
    sent.set('Wrong-Secret-1', [
      'Wrong-Secret-1',
      form({ grant_type: 'password', username: 'imported', password: 'Wrong-Secret-1' }),
    ]);
    shown.push(String(signedIn.body.access_token), String(signedIn.body.refresh_token));
    const refreshed = await desk.ask('POST', '/api/v1/token', {
      body: form({ grant_type: 'refresh_token', refresh_token: String(signedIn.body.refresh_token) }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(refreshed.status).toBe(200);
    shown.push(String(refreshed.body.access_token), String(refreshed.body.refresh_token));

    const device = await show('/devices', { name: 'Sensor' });
    await show(`/devices/${device.body.id}/rotate`, {});
    const space = { kind: 'room', name: 'Hall' };
    const { body } = await desk.ask('POST', '/api/v1/spaces', { as: 'manager', body: space });
    await show(`/spaces/${body.id}/display-tokens`, { name: 'Wall' });
  });

  it('a password, nor a plain digest of one or of a body with one', async () => {
    const dump = await dumpOf(desk.testDatabase.ownerUrl);
    expect([...dump.values()].flat().join()).toContain('native');
    expect(sent.size).toBeGreaterThan(12);
    for (const [password, texts] of sent) {
      const found = rowsWith(dump, [...plainSpellings(password), ...texts.flatMap(digestSpellings)]);
      expect([password, found]).toEqual([password, []]);
    }
  });

  it('a secret that was shown once, though the answer that showed it is kept', async () => {
    const dump = await dumpOf(desk.testDatabase.ownerUrl);
    expect(dump.get('public.idempotency_keys')).toHaveLength(4);
    expect(shown).toHaveLength(7);
    for (const secret of shown) expect(rowsWith(dump, plainSpellings(secret))).toEqual([]);
  });
});

describe('a user made with an Idempotency-Key', () => {
  const create = (body: unknown, headers: Record<string, string> = KEY) =>
    desk.ask('POST', '/api/v1/users', { as: 'admin', body, headers });

  it('is answered again for the same password, on every instance, also after it was changed', async () => {
    const second = await desk.another();
    const body = newUser('keyed', PASSWORD);
    const first = await create(body);
    expect(first.status).toBe(201);
    const again = await second.ask('POST', '/api/v1/users', {
      as: await desk.token('admin'),
      body,
      headers: KEY,
    });
    expect([again.status, again.text]).toEqual([201, first.text]);
    await desk.ask('PUT', `/api/v1/users/${first.body.id}/password`, {
      as: 'admin',
      body: { password: 'Another-Horse-8' },
    });
    expect((await create(body)).text).toBe(first.text);
  });

  it('is 422 for another password: the answer would say that this one works', async () => {
    const headers = { 'idempotency-key': 'two-passwords' };
    expect((await create(newUser('two.passwords', PASSWORD), headers)).status).toBe(201);
    const other = await create(newUser('two.passwords', 'Another-Horse-8'), headers);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']);
    expect(other.body.detail).toBe('This Idempotency-Key was used with another request. Take a new key.');
    expect((await desk.signIn('two.passwords', 'Another-Horse-8')).status).toBe(400);
    expect((await desk.signIn('two.passwords')).status).toBe(200);
  });

  it('is 422 for anything else that differs', async () => {
    const headers = { 'idempotency-key': 'two-bodies' };
    const body = newUser('two.bodies', PASSWORD);
    expect((await create(body, headers)).status).toBe(201);
    const other = await create({ ...body, last_name: 'Other' }, headers);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']);
  });

  it('is made once by 20 requests at the same time', async () => {
    const headers = { 'idempotency-key': 'parallel-users' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => create(newUser('parallel', PASSWORD), headers)),
    );
    const ids = answers.filter(({ status }) => status === 201).map(({ body }) => body.id as number);
    expect(new Set(ids).size).toBe(1);
    for (const { status } of answers) expect([201, 409, 503]).toContain(status);
  });
});

describe('a request with a secret', () => {
  /** Dotted names of the fields of a schema, and whether each says that it holds a secret. */
  function* fieldsOf(document: ApiDocument, schema: Schema, at = ''): Generator<[string, boolean]> {
    const { properties = {}, items, anyOf = [] } = document.resolve(schema) as Schema & { anyOf?: Schema[] };
    for (const each of [...anyOf, ...(items ? [items] : [])]) yield* fieldsOf(document, each, at);
    for (const [name, field] of Object.entries(properties)) {
      yield [`${at}${name}`, document.resolve(field).format === 'password'];
      yield* fieldsOf(document, field, `${at}${name}.`);
    }
  }

  it('says so of each of its secrets, so that none of them gets into a fingerprint', async () => {
    const document = await ApiDocument.of(desk);
    const secret: string[] = [];
    for (const { name, operation } of document.operations) {
      const schema = operation.requestBody?.content?.['application/json']?.schema;
      for (const [field, marked] of schema ? fieldsOf(document, schema) : []) {
        if (!/password|secret|token|passphrase|private|credential/.test(field)) continue;
        expect([name, field, marked]).toEqual([name, field, true]);
        secret.push(`${name} ${field}`);
      }
    }
    expect(secret).toEqual(expect.arrayContaining(['POST /api/v1/users password']));
    expect(secret.length).toBeGreaterThanOrEqual(7);
  });

  it('is not told from another by what no schema has read', async () => {
    const { id } = await makeUser(desk, 'unread');
    const remove = (body: unknown) =>
      desk.ask('DELETE', `/api/v1/users/${id}`, { as: 'admin', body, headers: KEY });
    const first = await remove({ password: 'Unread-Secret-1' });
    expect([first.status, (await remove({ password: 'Unread-Secret-2' })).status]).toEqual([204, 204]);
    const create = (query: string) =>
      desk.ask('POST', `/api/v1/users?password=${query}`, {
        as: 'admin',
        body: newUser('unread.query', PASSWORD),
        headers: { 'idempotency-key': 'unread-query' },
      });
    expect((await create('Unread-Secret-3')).text).toBe((await create('Unread-Secret-4')).text);
  });

  it('is told from another by the query that was read', async () => {
    const space = { kind: 'room', name: 'Cupboard' };
    const { body } = await desk.ask('POST', '/api/v1/spaces', { as: 'manager', body: space });
    const remove = (query: string) =>
      desk.ask('DELETE', `/api/v1/spaces/${body.id}${query}`, { as: 'manager', headers: KEY });
    expect((await remove('')).status).toBe(204);
    expect((await remove('?recursive=true')).body.code).toBe('idempotency_mismatch');
    expect((await remove('')).status).toBe(204);
  });
});
