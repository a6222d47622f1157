import { Command, CommanderError } from 'commander';
import { problemFromDatabase } from '../platform/errors/postgres.js';
import { Problem } from '../platform/errors/problem.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { product } from '../platform/product.js';
import { failureLines } from '../process/failure-lines.js';
import { addBackup } from './backup.command.js';
import { addCheck } from './check.command.js';
import { addDemo } from './demo.command.js';
import { addExport } from './export.command.js';
import { addImport } from './import.command.js';
import { addKeys } from './keys.command.js';
import { addMaintenance } from './maintenance.command.js';
import { addMigrate } from './migrate.command.js';
import { addNginxConfig } from './nginx-config.command.js';
import { addRestore } from './restore.command.js';
import { addServe } from './serve.command.js';
import { type Shell, UsageError } from './shell.js';
import { addUser } from './user.command.js';

const WRONG_USE = 2;
const FAILED = 1;

function createProgram(shell: Shell): Command {
  const program = new Command('frontdesk').description(
    'Commands for the operator of a Frontdesk installation.',
  );
  program.version(`frontdesk ${product.version} (commit ${product.commit})`);
  program.exitOverride().configureOutput({
    writeOut: (text) => void shell.stdout.write(text),
    writeErr: (text) => void shell.stderr.write(text),
  });
  // What is set here before a command is added, the command inherits.
  for (const add of [
    addServe,
    addMigrate,
    addUser,
    addImport,
    addExport,
    addKeys,
    addMaintenance,
    addNginxConfig,
    addBackup,
    addRestore,
    addCheck,
    addDemo,
  ])
    add(program, shell);
  return program;
}

/** A file or directory that could not be had; a socket that could not has an address instead of a path. */
const isAboutFile = (error: unknown): error is Error => {
  const { syscall, path, code } = (error ?? {}) as NodeJS.ErrnoException;
  return syscall !== undefined && (path !== undefined || code === 'ENOSPC');
};

/** A refusal of the machine, of a service or of the database, as the line that an operator reads. */
function asStartupError(error: unknown): unknown {
  if (isAboutFile(error)) return new StartupError(error.message, { cause: error });
  const problem = error instanceof Problem ? error : problemFromDatabase(error);
  return problem === undefined ? error : new StartupError(problem.detail, { cause: error });
}

/** Runs one command line. @returns the exit code: 0 done, 1 failed, 2 wrong use. */
export async function runCommand(words: string[], shell: Shell): Promise<number> {
  try {
    await createProgram(shell).parseAsync(words, { from: 'user' });
    return shell.exitCode;
  } catch (error) {
    // Commander has said it already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USE;
    if (error instanceof UsageError) {
      shell.stderr.write(`frontdesk: ${error.message}\n`);
      return WRONG_USE;
    }
    shell.stderr.write(`${failureLines(asStartupError(error)).join('\n')}\n`);
    return FAILED;
  }
}
