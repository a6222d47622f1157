// Answers 503 on the socket that systemd holds (file descriptor 3) while the application behind it waits for its
// database at a start: without it a request would wait there, too. Ends when its parent lets go of its standard input.
import { createServer } from 'node:http';

const RETRY_AFTER_SECONDS = '2';
const SOCKET = 3;

const server = createServer((request, response) => {
  request.resume();
  const problem = {
    ...{ type: 'about:blank', title: 'Service Unavailable', status: 503, code: 'unavailable' },
    detail: 'The database does not answer. Send the request again in a moment.',
  };
  response
    .writeHead(503, {
      'content-type': 'application/problem+json',
      'retry-after': RETRY_AFTER_SECONDS,
      'cache-control': 'no-store',
      connection: 'close',
    })
    .end(JSON.stringify(problem));
});
server.listen({ fd: SOCKET });
process.stdin.resume().once('end', () => {
  server.close();
  // A connection on which nothing was asked is no reason to stay.
  setTimeout(() => process.exit(0), 1_000).unref();
});
