// Waits until the instance on a Unix socket answers that it is ready: what systemd and update.sh take as started.
// Usage: ready.mjs SOCKET [SECONDS]. Ends with 1 when the time is over, or when $MAINPID (systemd) is gone.
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const [socketPath, seconds = '55'] = process.argv.slice(2);
const end = Date.now() + Number(seconds) * 1000;
const main = Number(process.env.MAINPID) || undefined;
let last = 'no answer';

/** Systemd holds the socket, so a dead instance refuses nothing: its process has to be looked at. */
function isGone() {
  try {
    return main !== undefined && !process.kill(main, 0);
  } catch {
    return true;
  }
}

// Any name but PUBLIC_URL's is refused, and refused is not ready. Of one that is no URL the instance itself speaks.
const host = URL.parse(process.env.PUBLIC_URL ?? '')?.host ?? '';

const ask = () =>
  new Promise((resolve) => {
    const asking = request(
      { socketPath, path: '/health/ready', headers: { host }, timeout: 2000 },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (text) => (body += text));
        answer.on('end', () => {
          last = `${answer.statusCode} ${body}`;
          resolve(answer.statusCode === 200);
        });
      },
    );
    asking.on('timeout', () => asking.destroy());
    asking.on('error', (error) => {
      last = error.message;
      resolve(false);
    });
    asking.end();
  });

while (!(await ask())) {
  if (isGone() || Date.now() > end) {
    console.error(`${socketPath} is not ready: ${isGone() ? 'the instance has ended' : last}`);
    process.exit(1);
  }
  await delay(50);
}
