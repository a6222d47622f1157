import { writeSync } from 'node:fs';
import pino, { type Logger } from 'pino';

const destination = pino.destination({ sync: false, minLength: 16_000, periodicFlush: 200 });
// The terminal behind stdout can go: there is no place left to say so, and the stop goes on in order.
destination.on('error', () => undefined);

// Control and direction characters that JSON leaves as they are and a terminal may obey.
const UNSAFE = /[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g;

const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** JSON lines on stdout; buffered for at most 200 ms, and flushed when the process stops. */
export const log: Logger = pino(
  {
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
    serializers: { err: pino.stdSerializers.err },
    hooks: { streamWrite: (line) => line.replace(UNSAFE, escaped) },
  },
  destination,
);

export function configureLog(level: string, instanceId: string): void {
  log.level = level;
  log.setBindings({ instance: instanceId });
}

/** The last word: after it the process ends. */
export function flushLog(): void {
  try {
    writeSync(process.stdout.fd, '');
    destination.flushSync();
  } catch {
    // Nothing was written yet, or stdout is gone, and with it the place to say so. Where no byte is taken, as on a
    // terminal that was closed, the library would try for ever, now or at the exit.
    destination.destroy();
  }
}

const text = (message: unknown): string => (typeof message === 'string' ? message : String(message));

/** Nest's own messages: its start-up chatter is left out, its warnings and errors are kept. */
export const nestLogger = {
  log: (): void => undefined,
  warn: (message: unknown): void => log.warn(text(message)),
  error: (message: unknown, stack?: unknown): void => log.error({ stack }, text(message)),
  fatal: (message: unknown): void => log.fatal(text(message)),
};
