import { closeSync, constants, openSync } from 'node:fs';

let onTerminal = false;
let asked = false;
let reload: (() => void) | undefined;
let leave = (): void => process.exit(129);

/** Whether a terminal controls this process; one that was closed does so no longer (tty(4)). */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', constants.O_RDONLY | constants.O_NOCTTY));
    return true;
  } catch {
    return false; // ENXIO: there is none.
  }
}

/** Takes SIGHUP from the first moment on, before the rest is even read: one that asks for a reload would end us. */
export function watchSighup(): void {
  onTerminal = hasTerminal();
  process.on('SIGHUP', () => {
    if (onTerminal && !hasTerminal()) leave();
    else if (reload) reload();
    else asked = true;
  });
}

/**
 * Says what SIGHUP does from now on, and does what was asked for before.
 * @param ready what it asks for, unless it is the terminal we were started on that has gone.
 * @param stop what it asks for then.
 */
export function onSighup(ready: () => void, stop: () => void): void {
  reload = ready;
  leave = stop;
  if (asked) ready();
}
