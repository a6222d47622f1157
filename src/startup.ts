import { ConfigError } from '../config/env.js';
import { StartupError } from './platform/errors/startup-error.js';

/** One clear line for each thing that is wrong; a stack only for what we did not foresee. */
export function failureLines(error: unknown): string[] {
  if (error instanceof ConfigError) return error.lines.map((line) => `frontdesk: ${line}`);
  if (error instanceof StartupError) return [`frontdesk: ${error.message}`];
  return [`frontdesk: unexpected failure: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
}

export function reportAndExit(error: unknown): never {
  process.stderr.write(`${failureLines(error).join('\n')}\n`);
  process.exit(1);
}
