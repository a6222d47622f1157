import { ConfigError } from '../../config/env.js';
import { StartupError } from '../platform/errors/startup-error.js';

/** What PostgreSQL itself refused, as the driver reports it. */
export const isRefusedByDatabase = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'severity' in error && 'code' in error && typeof error.code === 'string';

/** One clear line for each thing that is wrong; a stack only for what we did not foresee. */
export function failureLines(error: unknown): string[] {
  if (error instanceof ConfigError) return error.lines.map((line) => `frontdesk: ${line}`);
  if (error instanceof StartupError) return [`frontdesk: ${error.message}`];
  if (isRefusedByDatabase(error)) {
    return [
      `frontdesk: The database refused a statement (${error.code}): ${error.message}. Check the rights of its roles.`,
    ];
  }
  return [
    `frontdesk: unexpected failure: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  ];
}

export function reportAndExit(error: unknown): never {
  process.stderr.write(`${failureLines(error).join('\n')}\n`);
  process.exit(1);
}
