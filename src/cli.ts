import './process/node-version.js';
import { watchSighup } from './process/sighup.js';

// Of a service SIGHUP asks for a reload; any other command ends by it.
if (['serve', 'worker'].includes(process.argv[2] ?? '')) watchSighup();

try {
  const { runCommand } = await import('./cli/program.js');
  const { stdin, stdout, stderr, env } = process;
  process.exitCode = await runCommand(process.argv.slice(2), {
    stdin,
    stdout,
    stderr,
    environment: env,
    exitCode: 0,
  });
} catch (error) {
  const { reportAndExit } = await import('./process/failure-lines.js');
  reportAndExit(error);
}
