import { settings, type Snapshot } from '../../src/platform/settings/settings.js';

type Changes<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [Name in keyof T]?: Changes<T[Name]> }
    : T;

const merged = <T>(value: T, changes: Changes<T>): T =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? (changes as T)
    : {
        ...value,
        ...Object.fromEntries(
          Object.entries(changes as object).map(([name, change]) => [
            name,
            merged((value as Record<string, unknown>)[name], change as Changes<unknown>),
          ]),
        ),
      };

/** Puts a snapshot with these changes in force, as a reload would. @returns what puts back the one before. */
export function tune(changes: Changes<Pick<Snapshot, 'fields' | 'limits' | 'workflow'>>): () => void {
  const before = settings.current;
  settings.replace(merged<Snapshot>(before, changes));
  return () => settings.replace(before);
}
