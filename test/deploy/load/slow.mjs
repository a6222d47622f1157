// Clients that mean no good: `idle` connections that say nothing, slow headers, slow bodies, slow readers, all over TLS.
// Prints a line of JSON when `seconds` are over: how many of each kind were cut, and after how long.
// Usage: slow.mjs '{"host": ..., "idle": 1000, "slow": 50, "seconds": 12}'
import { connect } from 'node:tls';

const { host, idle, slow, seconds } = JSON.parse(process.argv[2]);
const cut = { idle: [], header: [], body: [], reader: [] };

const HEAD = `POST /api/v1/token HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n`;

function open(kind, index, drip) {
  const started = performance.now();
  const localAddress = `127.0.2.${(index % 50) + 1}`;
  const socket = connect({
    host: '127.0.0.1',
    port: 443,
    servername: host,
    rejectUnauthorized: false,
    localAddress,
  });
  socket.on('secureConnect', () => drip(socket));
  socket.on('error', () => undefined); // Being cut is what is measured.
  socket.once('close', () => cut[kind].push(performance.now() - started));
}

/** Sends a text a byte a second. */
function dripping(first, rest) {
  return (socket) => {
    socket.write(first);
    let at = 0;
    const timer = setInterval(() => socket.write(rest[at++ % rest.length]), 1000);
    socket.once('close', () => clearInterval(timer));
    socket.resume();
  };
}

// Within 4 s: all at once, the handshakes alone would be the test.
for (let index = 0; index < idle; index += 1)
  setTimeout(() => open('idle', index, (socket) => socket.resume()), (index / idle) * 4_000);
for (let index = 0; index < slow; index += 1) {
  open('header', index, dripping(`GET /docs HTTP/1.1\r\nHost: ${host}\r\nX-Slow: `, 'a'));
  open('body', index, (socket) => socket.resume().write(`${HEAD}\r\nusername=`));
  // What they ask for costs more than they do: a few are enough.
  if (index % 10 > 0) continue;
  open('reader', index, (socket) => {
    socket.pause();
    for (let times = 0; times < 20; times += 1)
      socket.write(`GET /openapi.json HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  });
}

setTimeout(() => {
  const figures = Object.entries(cut).map(([kind, all]) => [
    kind,
    { cut: all.length, slowest: Math.round(Math.max(0, ...all)) },
  ]);
  process.stdout.write(`${JSON.stringify(Object.fromEntries(figures))}\n`, () => process.exit(0));
}, seconds * 1000);
