import assert from 'node:assert/strict';
import { DOMAIN } from '../support/installation.mjs';
import { scenario } from '../support/suite.mjs';

scenario('what a newer nginx can', { suites: ['trixie'] }, async (t, { machine, desk }) => {
  await t.step('a key agreement that a quantum computer does not break', async () => {
    const said = await machine.sh(
      `openssl s_client -connect 127.0.0.2:443 -servername ${DOMAIN} </dev/null 2>&1 | grep -i 'negotiated tls1.3 group'`,
    );
    assert.match(said, /X25519MLKEM768/);
  });
  await t.step('HTTP/3 is offered, and answers as HTTP/2 does', async () => {
    const { headers } = await desk.ask('/docs/');
    assert.match(headers['alt-svc'], /^h3=":443"/);
    for (const version of ['--http2', '--http3-only']) {
      const { status } = await desk.ask('/health/ready', [version]);
      assert.deepEqual([version, status], [version, 200]);
    }
    const token = await machine.sh(
      `curl -sSk --http3-only --resolve ${DOMAIN}:443:127.0.0.1 -o /dev/null -w '%{http_version} %{http_code}' \
        -d username=admin --data-urlencode 'password=${await desk.password('admin')}' https://${DOMAIN}/api/v1/token`,
    );
    assert.equal(token, '3 200');
  });
});
