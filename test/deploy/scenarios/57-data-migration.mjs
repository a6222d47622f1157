import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { argon2id, hash } from 'argon2';
import { scenario } from '../support/suite.mjs';

const PASSWORD = 'Older-Horse-7';
const MADE = '2023-03-01 08:00:00';

async function makeOldServer(path) {
  const old = new DatabaseSync(path);
  old.exec(`
    CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR, first_name VARCHAR, last_name VARCHAR, phone VARCHAR,
      email VARCHAR, role JSON, disabled BOOLEAN, login_denied BOOLEAN, hashed_password VARCHAR, created DATETIME, updated DATETIME);
    CREATE TABLE employees (id INTEGER PRIMARY KEY, first_name VARCHAR, last_name VARCHAR, nick_name VARCHAR, phone VARCHAR,
      email VARCHAR, birthday DATE, country VARCHAR, city VARCHAR, address VARCHAR, created DATETIME, updated DATETIME);
    CREATE TABLE tickets (id INTEGER PRIMARY KEY, title VARCHAR, description VARCHAR, status VARCHAR, employee_id INTEGER,
      created_by INTEGER, created DATETIME, updated DATETIME);
    INSERT INTO employees (id, first_name, last_name, email, created) VALUES (40, 'Zoe', 'Crane', 'zoe@example.org', '${MADE}');
    INSERT INTO tickets VALUES (900, 'Printer', 'It jams', 'New', 40, 7, '${MADE}', NULL);
  `);
  old
    .prepare(
      `INSERT INTO users (id, username, first_name, last_name, role, disabled, login_denied, hashed_password, created)
       VALUES (7, 'chief', 'Chi', 'Ef', '["admin"]', 0, 0, ?, '${MADE}')`,
    )
    .run(await hash(PASSWORD, { type: argon2id }));
  old.close();
}

scenario('a legacy ticket server is migrated', {}, async (t, { machine, desk }) => {
  await makeOldServer(join(machine.root, 'srv/sql_app.db'));
  await t.step('its users sign in, its tickets keep their numbers, and new ones follow', async () => {
    const command = 'frontdesk import ticket-server --sqlite /srv/sql_app.db';
    await machine.sh(`${command} --dry-run`);
    await machine.sh(command);
    const token = await desk.signIn('chief', { password: PASSWORD });
    const authorized = ['-H', `Authorization: Bearer ${token}`];
    const { body } = await desk.ask('/api/v1/tickets/900', authorized);
    assert.deepEqual([body.title, body.employee_id, body.created_by], ['Printer', 40, 7]);
    const ticket = JSON.stringify({ title: 'Scanner', employee_id: 40 });
    const made = await desk.ask('/api/v1/tickets', [
      ...authorized,
      ...['-H', 'Content-Type: application/json', '-d', ticket],
    ]);
    assert.deepEqual([made.status, made.body.id], [201, 901]);
    await machine.sh('! test -e /var/lib/frontdesk/initial-passwords');
  });
});
