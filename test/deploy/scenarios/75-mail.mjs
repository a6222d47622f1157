import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../support/command.mjs';
import { scenario } from '../support/suite.mjs';

const SINK = fileURLToPath(new URL('../load/smtp-sink.mjs', import.meta.url));

/** Somebody else's mail server, in the guest's network. @returns the mails that came, and its end. */
function startSink(machine) {
  const file = (name) => join(machine.root, 'etc/frontdesk/tls', `selfsigned.${name}`);
  const [command, ...words] = machine.inNetwork([process.execPath, SINK, '2525', file('crt'), file('key')]);
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const mails = [];
  child.stdout.on('data', (piece) => {
    for (const line of piece.toString().trim().split('\n')) mails.push(JSON.parse(line));
  });
  return { mails, end: () => child.kill() };
}

scenario('outgoing mail', {}, async (t, { machine }) => {
  const { mails, end } = startSink(machine);
  try {
    await t.step('postfix relays mail of this machine over TLS', async () => {
      await machine.sh('/opt/frontdesk/current/deploy/mail/postfix.sh --relay 127.0.0.1:2525', {
        timeout: 60_000,
      });
      await machine.sh(
        'swaks --server 127.0.0.1:25 --from desk@example.org --to amara@example.org --header "Subject: A ticket"',
      );
      const mail = await until(() => mails.find(({ data }) => data?.includes('Subject: A ticket')), {
        what: 'the mail',
      });
      assert.match(mail.protocol, /^TLSv1\.[23]$/);
      assert.deepEqual(mail.to, ['<amara@example.org>']);
    });
  } finally {
    end();
  }
  await t.step('nobody else may use it', async () => {
    const listening = await machine.sh(`ss -Hltn 'sport = :25' | awk '{print $4}' | sort`);
    assert.equal(listening, '127.0.0.1:25\n[::1]:25');
  });
  await t.step('run again it changes nothing', async () => {
    const before = await machine.sh('postconf -n; cat /etc/frontdesk/frontdesk.env');
    await machine.sh('/opt/frontdesk/current/deploy/mail/postfix.sh --relay 127.0.0.1:2525', {
      timeout: 60_000,
    });
    assert.equal(await machine.sh('postconf -n; cat /etc/frontdesk/frontdesk.env'), before);
  });
});
