import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { StartupError } from '../../platform/errors/startup-error.js';
import { SMALL_ENVIRONMENT } from './environment.js';
import { type Identity } from './identity.js';
import { sendSignal, waitUntilGone } from './processes.js';

/**
 * Runs a program until it ends or until our end of its stdin closes, which the kernel sees to even after
 * kill -9. It ignores the signals that a terminal or a service manager sends to a whole group: the
 * application decides when its database stops. $1 is a folder to remove at the end, or empty.
 */
const KEEPER = `
trap '' HUP INT TERM
leftover=$1
shift
exec 3<&0 </dev/null
"$@" 3<&- >&2 &
program=$!
echo "$program"
{ read -r _ <&3; kill -INT "$program"; } 2>/dev/null &
watcher=$!
exec 3<&-
wait "$program"
status=$?
kill -9 "$watcher"
[ -z "$leftover" ] || rm -rf -- "$leftover"
exit "$status"
`;

export interface KeptProgram {
  pid: number;
  /** The last lines that the program wrote, for the message when it fails. */
  recent: readonly string[];
  /** Fulfilled with the exit status when the program has ended and its output is read. */
  ended: Promise<number>;
  hasEnded(): boolean;
  /** Lets the event loop end although the program runs. */
  unref(): void;
  /** Sends INT and waits; QUIT after `patience` milliseconds. */
  stop(patience: number): Promise<void>;
}

const RECENT_LINES = 20;

function pipes(child: ChildProcess): Socket[] {
  return [child.stdin, child.stdout, child.stderr].filter((pipe) => pipe !== null) as unknown as Socket[];
}

async function readPid(child: ChildProcess, recent: readonly string[], program: string): Promise<number> {
  const line = await new Promise<string>((resolve) => {
    child.stdout
      ?.setEncoding('utf8')
      .once('data', resolve)
      .once('close', () => resolve(''));
  });
  const pid = Number(line);
  if (pid > 0) return pid;
  throw new StartupError(
    `cannot start ${program}: ${recent.at(-1) ?? 'the shell that keeps it ended at once'}`,
  );
}

async function stopKept(child: ChildProcess, pid: number, patience: number): Promise<void> {
  const timer = setTimeout(() => sendSignal(pid, 'SIGQUIT'), patience);
  if (child.exitCode === null && child.signalCode === null) {
    child.ref();
    const exit = once(child, 'exit');
    child.stdin?.end();
    await exit;
  }
  // The keeper may have been killed alone: what it kept then learns of the closed pipe a moment later.
  await waitUntilGone(pid, patience);
  clearTimeout(timer);
}

/** Starts a program in a session of its own that cannot outlive this process. */
export async function startKept(
  identity: Identity,
  command: readonly [string, ...string[]],
  onLine: (line: string) => void,
  leftover = '',
): Promise<KeptProgram> {
  const [first, ...rest] = [
    ...identity.prefix,
    '/bin/sh',
    '-c',
    KEEPER,
    'keeper',
    leftover,
    ...command,
  ] as const;
  // Not the caller's working directory: that user may be unable to enter it.
  const child = spawn(first as string, rest, {
    cwd: '/',
    env: SMALL_ENVIRONMENT,
    detached: true,
  });
  const recent: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    recent.push(line);
    if (recent.length > RECENT_LINES) recent.shift();
    onLine(line);
  });
  // Without this an end of the shell before us would be an EPIPE that nobody handles.
  child.stdin.on('error', (error) => recent.push(error.message));
  child.on('error', (error) => recent.push(error.message));
  let done = false;
  const ended = new Promise<number>((resolve) => {
    child.once('close', (status) => {
      done = true;
      resolve(status ?? 1);
    });
  });
  const pid = await readPid(child, recent, command[0]);
  return {
    pid,
    recent,
    ended,
    hasEnded: () => done,
    unref: () => {
      child.unref();
      for (const pipe of pipes(child)) pipe.unref();
    },
    stop: (patience) => stopKept(child, pid, patience),
  };
}
