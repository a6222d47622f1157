// An application that owns an embedded PostgreSQL, to be killed: `embedded-child.mjs <embedded/index.js> <DATA_DIR>`.
// It answers one line of JSON on stdout and then lives until a signal ends it. It ignores Ctrl-C.
import { setInterval } from 'node:timers';
import { pathToFileURL } from 'node:url';

const [module, dataDir] = process.argv.slice(2);
const { startEmbeddedPostgres } = await import(pathToFileURL(module).href);
process.on('SIGINT', () => undefined);
try {
  const { url, socketDir } = await startEmbeddedPostgres({
    dataDir,
    log: () => undefined,
    settings: { fsync: 'off' },
  });
  process.stdout.write(`${JSON.stringify({ url, socketDir })}\n`);
  setInterval(() => undefined, 60_000);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ name: error.name, message: error.message })}\n`);
  process.exitCode = 1;
}
