import { Presets, SingleBar } from 'cli-progress';
import type { Shell } from './shell.js';

export interface Progress {
  update(done: number, total: number): void;
  stop(): void;
}

const NONE: Progress = { update: () => undefined, stop: () => undefined };

/** A bar on the standard error, where that is a terminal and nothing else writes to one. */
export function startProgress(shell: Shell, dataToStdout: boolean): Progress {
  if (!shell.stderr.isTTY || (dataToStdout && shell.stdout.isTTY)) return NONE;
  const bar = new SingleBar(
    { stream: shell.stderr, format: '{bar} {percentage} %  {eta_formatted} left' },
    Presets.shades_classic,
  );
  bar.start(1, 0);
  return {
    update: (done, total) => {
      bar.setTotal(Math.max(total, 1));
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}
