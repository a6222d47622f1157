import { type ChildProcess, spawn } from 'node:child_process';
import { StartupError } from '../../platform/errors/startup-error.js';

/** What a program of the system sees of our environment; secrets only where it needs one. */
const INHERITED = ['PATH', 'HOME', 'GNUPGHOME', 'TMPDIR'];

const running = new Set<ChildProcess>();

/** For whoever cannot wait: nothing is written by them any more. */
export function killPrograms(): void {
  for (const child of running) child.kill('SIGKILL');
}

/**
 * Runs a program of the system to its end.
 * @returns what it printed.
 * @throws StartupError with its last words when it fails.
 */
export async function runProgram(
  program: string,
  words: string[],
  secrets: Record<string, string> = {},
): Promise<string> {
  const inherited = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...(Object.fromEntries(inherited) as Record<string, string>), LC_ALL: 'C', ...secrets },
  });
  running.add(child);
  let output = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (complaints = `${complaints}${text}`.slice(-2_000)));
  const ended = await new Promise<number | string>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'no reason'));
  });
  running.delete(child);
  if (ended === 0) return output;
  const said = complaints.trim().split('\n').slice(-3).join('; ');
  throw new StartupError(`${program} failed (${ended})${said === '' ? '' : `: ${said}`}`);
}

/** Whether a program can be started at all. */
export async function isThere(program: string): Promise<boolean> {
  try {
    await runProgram(program, ['--version']);
    return true;
  } catch {
    return false; // Not installed, or broken, which is the same to us.
  }
}
