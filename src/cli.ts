import './node-version.js';
import { reportAndExit } from './startup.js';

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
  reportAndExit(error);
}
