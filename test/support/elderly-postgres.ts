import { createServer, type Server, type Socket } from 'node:net';

const message = (type: string, ...parts: (Buffer | string | number)[]): Buffer => {
  const content = Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(`${part}\0`);
      if (typeof part !== 'number') return part;
      return Buffer.from(Uint32Array.of(part).buffer).swap32();
    }),
  );
  const head = Buffer.alloc(5, type);
  head.writeUInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
};

const short = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const READY = message('Z', Buffer.from('I'));

/** One row with one text column to whatever is asked. */
const row = (value: string): Buffer =>
  Buffer.concat([
    message('T', short(1), 'version', 0, short(0), 25, short(0xffff), 0xffffffff, short(0)),
    message('D', short(1), value.length, Buffer.from(value)),
    message('C', 'SELECT 1'),
    READY,
  ]);

function converse(socket: Socket, versionNumber: string): void {
  let started = false;
  socket.on('error', () => socket.destroy());
  socket.on('data', (data: Buffer) => {
    if (!started) {
      started = true;
      socket.write(Buffer.concat([message('R', 0), READY]));
    } else if (data[0] === 'Q'.charCodeAt(0)) socket.write(row(versionNumber));
    else socket.end();
  });
}

/** Speaks as much of PostgreSQL's protocol (chapter 54 of its manual) as it takes to tell an old version. */
export async function listenAsPostgres(versionNumber: string): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => converse(socket, versionNumber));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on no port');
  return { port: address.port, server };
}
