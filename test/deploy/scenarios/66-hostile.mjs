import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { run } from '../support/command.mjs';
import { DOMAIN } from '../support/installation.mjs';
import { scenario } from '../support/suite.mjs';

const RAW = fileURLToPath(new URL('../load/raw.mjs', import.meta.url));
const SMUGGLED = `GET /api/v1/status HTTP/1.1\r\nHost: ${DOMAIN}\r\n\r\n`;
const POST = `POST /api/v1/tickets HTTP/1.1\r\nHost: ${DOMAIN}\r\nContent-Type: application/json\r\n`;
const GET = `GET /api/v1/me HTTP/1.1\r\nHost: ${DOMAIN}\r\nConnection: close\r\n`;

/** A request that two readers may end in different places (RFC 9112, 6.3): one 400, and no more is read. */
const AMBIGUOUS = {
  'CL.TE': `${POST}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'TE.CL': `${POST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'TE.TE': `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  'two lengths': `${POST}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{"a":${SMUGGLED}`,
  'two hosts': `GET /api/v1/me HTTP/1.1\r\nHost: ${DOMAIN}\r\nHost: evil.example\r\n\r\n`,
  'no host': 'GET /api/v1/me HTTP/1.1\r\n\r\n',
  'a chunk that is no number': `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n${SMUGGLED}`,
  'NUL in a header': `${GET}X-Nul: a\0b\r\n\r\n`,
};

/** Headers that nginx refuses or leaves out: never a token, never a second answer. */
const MALFORMED = {
  'a folded header': `${GET}X-Folded: a\r\n b\r\n\r\n`,
  'a space before the colon': `${GET}Authorization : Bearer x\r\n\r\n`,
  'Transfer-Encoding with a space': `${POST}Transfer-Encoding : chunked\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
};

const send = async (machine, texts) =>
  JSON.parse(
    (await run(machine.inNetwork([process.execPath, RAW, JSON.stringify({ host: DOMAIN, texts })]))).stdout,
  );

scenario('hostile clients, through nginx', {}, async (t, { machine, desk }) => {
  await t.step('41: requests that two readers may read differently', async () => {
    const answers = await send(machine, Object.values(AMBIGUOUS));
    for (const [index, name] of Object.keys(AMBIGUOUS).entries()) {
      const { answers: count, status, closed, text } = answers[index];
      assert.deepEqual([name, count, status, closed], [name, 1, 400, true], text);
    }
  });
  await t.step('41: malformed headers', async () => {
    const answers = await send(machine, Object.values(MALFORMED));
    for (const [index, name] of Object.keys(MALFORMED).entries()) {
      const { answers: count, status, closed, text } = answers[index];
      assert.ok(count === 1 && closed && [400, 401].includes(status), `${name}: ${text}`);
    }
  });
  await t.step('43: a forged address neither frees from the limit nor enters the audit', async () => {
    const statuses = [];
    for (let index = 0; index < 12; index += 1) {
      const forged = ['X-Forwarded-For', 'Forwarded', 'X-Real-IP'].flatMap((name) => [
        '-H',
        name === 'Forwarded' ? `Forwarded: for=203.0.113.${index}` : `${name}: 203.0.113.${index}`,
      ]);
      const { status } = await desk.ask('/api/v1/token', [
        ...forged,
        '-d',
        'username=support',
        '-d',
        'password=wrong',
      ]);
      statuses.push(status);
    }
    assert.deepEqual([statuses.slice(0, 10), statuses.slice(10)], [Array(10).fill(400), [429, 429]]);
    await desk.signIn('admin', {
      through: (path, options) => desk.ask(path, ['-H', 'X-Forwarded-For: 203.0.113.9', ...options]),
    });
    assert.equal(await desk.sql(`SELECT count(*) FROM audit WHERE address LIKE '203.0.113.%'`), '0');
    assert.notEqual(await desk.sql(`SELECT count(*) FROM audit WHERE address = '127.0.0.1'`), '0');
  });
  await t.step('44: a forged host reaches nobody, and no link', async () => {
    const absolute = `GET https://evil.example/docs HTTP/1.1\r\nHost: ${DOMAIN}\r\nConnection: close\r\n\r\n`;
    const [{ status }] = await send(machine, [absolute]);
    assert.ok([400, 421].includes(status), `absolute form: ${status}`);
    assert.equal((await desk.ask('/docs', ['-H', 'Host: evil.example'])).status, 421);
    const { body } = await desk.ask('/.well-known/openid-configuration', [
      '-H',
      'X-Forwarded-Host: evil.example',
    ]);
    assert.equal(body.issuer, `https://${DOMAIN}`);
  });
  await t.step('51: no spelling of a path gets past the limits of sign-ins', async () => {
    for (const path of [
      '/api/v1/token/',
      '/api//v1/token',
      '/api/v1%2ftoken',
      '/API/v1/token',
      '/x/../api/v1/Token',
    ]) {
      const { status } = await desk.ask(path, [
        '--path-as-is',
        '-d',
        'username=admin',
        '-d',
        'password=wrong',
      ]);
      assert.ok([404, 405].includes(status), `${path}: ${status}`);
    }
  });
});
