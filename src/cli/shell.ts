import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { StartupError } from '../platform/errors/startup-error.js';

/** What a command sees of the process that runs it. */
export interface Shell {
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
  environment: Record<string, string | undefined>;
  /** 0 done, 1 failed, 2 wrong use. */
  exitCode: number;
}

/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {}

/** Writes and waits until there is room for more. @throws StartupError when nobody reads any more. */
export async function write(stream: Writable, text: string): Promise<void> {
  if (stream.errored) throw new StartupError(`The output cannot be written: ${stream.errored.message}`);
  if (stream.write(text)) return;
  try {
    await once(stream, 'drain');
  } catch (error) {
    throw new StartupError(`The output cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

export const printLine = (shell: Shell, text: string): Promise<void> => write(shell.stdout, `${text}\n`);

export const printJson = (shell: Shell, value: unknown): Promise<void> =>
  printLine(shell, JSON.stringify(value));

/** Asks a person before something is done that others will feel; whoever is no terminal has meant what it says. */
export async function confirmed({ stdin, stderr }: Shell, question: string): Promise<boolean> {
  if (!stdin.isTTY) return true;
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

/** The first line of the standard input. @throws UsageError when there is none. */
export async function readPassword({ stdin }: Shell): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stdin) pieces.push(Buffer.from(piece as Buffer));
  const [line = ''] = Buffer.concat(pieces).toString('utf8').split(/\r?\n/);
  if (line === '')
    throw new UsageError(
      '--password-stdin found no password on the standard input: pipe one line into this command',
    );
  return line;
}
