import './node-version.js';
import { watchHangup } from './hangup.js';

// Of a service SIGHUP asks for a reload; any other command ends by it.
if (['serve', 'worker'].includes(process.argv[2] ?? '')) watchHangup();

try {
  const { runCommand } = await import('./commands/program.js');
  const { stdin, stdout, stderr, env } = process;
  process.exitCode = await runCommand(process.argv.slice(2), {
    stdin,
    stdout,
    stderr,
    environment: env,
    exitCode: 0,
  });
} catch (error) {
  const { reportAndExit } = await import('./startup.js');
  reportAndExit(error);
}
