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

/**
 * Gives an object the content of another in the order of that other. Objects within keep their identity, so that
 * whoever holds one sees what it has become.
 */
export function replaceContent<T extends object>(held: T, fresh: T): void {
  const members = held as Record<string, unknown>;
  const before = { ...members };
  for (const name of Object.keys(before)) Reflect.deleteProperty(members, name);
  for (const [name, value] of Object.entries(fresh)) {
    const old = before[name];
    if (isObject(old) && isObject(value)) replaceContent(old, value);
    members[name] = isObject(old) && isObject(value) ? old : value;
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
