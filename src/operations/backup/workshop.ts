import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { killPrograms } from './program.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const PREFIX = `.frontdesk-${hostname()}-`;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // Somebody else's, but there.
  }
}

/** What a run on this machine left behind that was killed, or cut off by the end of the machine: it holds the sealing key. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = name.startsWith(PREFIX) && /^(\d+)-\w{6}$/.exec(name.slice(PREFIX.length))?.[1];
    if (pid && !isRunning(Number(pid))) await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** Runs the work with a directory that only we may enter, and that is gone afterwards, also when a signal ends us. */
export async function withWorkshop<T>(parent: string, work: (directory: string) => Promise<T>): Promise<T> {
  await removeLeftovers(parent);
  const directory = await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
  const stop = (signal: NodeJS.Signals): void => {
    killPrograms();
    // What a program was writing may still come in between.
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    ignore();
    process.kill(process.pid, signal);
  };
  const ignore = (): void => SIGNALS.forEach((signal) => process.off(signal, stop));
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
    ignore();
  }
}
