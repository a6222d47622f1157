// systemd's part in socket activation: `socket-holder.mjs <path> <runs> <program> [words]` opens a listening Unix socket
// and runs the program on it as file descriptor 3, again when it ends. Waiting for it, this process takes no connection.
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';

const [path, runs, ...command] = process.argv.slice(2);
const AS_ACTIVATED = 'echo "started $$"; LISTEN_FDS=1 LISTEN_PID=$$ LISTEN_FDNAMES=desk exec "$@"';

const server = createServer();
server.listen(path, () => {
  const stdio = ['ignore', 'inherit', 'inherit', server._handle.fd];
  for (let run = 0; run < Number(runs); run += 1) {
    const { status } = spawnSync('/bin/sh', ['-c', AS_ACTIVATED, 'sh', ...command], { stdio });
    process.stdout.write(`ended ${status}\n`);
  }
  process.exit(0);
});
