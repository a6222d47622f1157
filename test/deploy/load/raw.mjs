// Sends bytes as they are over TLS, each text on a connection of its own, and tells what came back.
// Usage: raw.mjs '{"host": ..., "texts": [...]}'; prints [{answers, status, closed, text}].
import { connect } from 'node:tls';

const { host, texts } = JSON.parse(process.argv[2]);
const PATIENCE_MS = 7_000;

const send = (text) =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: 443, servername: host, rejectUnauthorized: false });
    let came = '';
    let closed = true;
    const late = setTimeout(() => {
      closed = false;
      socket.destroy();
    }, PATIENCE_MS);
    socket.setEncoding('latin1').on('data', (piece) => (came += piece));
    socket.on('error', () => undefined); // A server that hangs up is one of the right answers.
    socket.once('secureConnect', () => socket.write(text, 'latin1'));
    socket.once('close', () => {
      clearTimeout(late);
      const starts = came.match(/^HTTP\/1\.1 \d{3}/gm) ?? [];
      resolve({
        answers: starts.length,
        status: Number(starts[0]?.split(' ')[1] ?? 0),
        closed,
        text: came.slice(0, 1500),
      });
    });
  });

process.stdout.write(JSON.stringify(await Promise.all(texts.map(send))));
