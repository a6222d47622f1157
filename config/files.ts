import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type z } from 'zod';
import { ConfigError, configDir } from './env.js';

/**
 * Reads one JSON file of CONFIG_DIR and checks it.
 * @throws ConfigError naming the file and each bad place in it.
 */
export function readConfigFile<T>(name: string, schema: z.ZodType<T>): T {
  const path = join(configDir, name);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError([`${path} cannot be read: ${(error as Error).message}`]);
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map(
      (issue) => `${path}: ${issue.path.join('.') || '(whole file)'}: ${issue.message}`,
    ),
  );
}
