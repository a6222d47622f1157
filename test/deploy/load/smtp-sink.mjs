// A mail server that takes everything, offers STARTTLS, and prints each mail as a line of JSON: the world outside.
// Usage: smtp-sink.mjs PORT CERTIFICATE KEY
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

const [port, certificate, key] = process.argv.slice(2);
const secureContext = createSecureContext({ cert: readFileSync(certificate), key: readFileSync(key) });

function serve(socket, protocol) {
  const mail = { protocol, to: [], data: '' };
  let [inData, rest] = [false, ''];
  const say = (line) => socket.write(`${line}\r\n`);
  socket.on('error', () => undefined); // Whoever hangs up has said all.
  socket.on('data', (piece) => {
    rest += piece.toString('latin1');
    for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 2);
      if (inData) {
        if (line !== '.') {
          mail.data += `${line}\n`;
          continue;
        }
        inData = false;
        process.stdout.write(`${JSON.stringify(mail)}\n`);
        say('250 taken');
      } else if (/^EHLO/i.test(line)) {
        socket.write(`250-sink\r\n${protocol === undefined ? '250-STARTTLS\r\n' : ''}250 8BITMIME\r\n`);
      } else if (/^STARTTLS/i.test(line)) {
        say('220 go on');
        socket.removeAllListeners('data');
        const secure = new TLSSocket(socket, { isServer: true, secureContext });
        secure.once('secure', () => serve(secure, secure.getProtocol()));
        return;
      } else if (/^RCPT/i.test(line)) {
        mail.to.push(line.slice(8));
        say('250 ok');
      } else if (/^DATA/i.test(line)) {
        inData = true;
        say('354 go on');
      } else if (/^QUIT/i.test(line)) {
        say('221 bye');
        socket.end();
      } else {
        say('250 ok');
      }
    }
  });
}

createServer((socket) => {
  socket.write('220 sink ESMTP\r\n');
  serve(socket);
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('{"listening": true}\n'));
