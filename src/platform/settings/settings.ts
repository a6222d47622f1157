import { Injectable } from '@nestjs/common';
import { type FieldRules, readFields } from '../../../config/fields.js';
import { type Limits, readLimits } from '../../../config/limits.js';

/** Everything that an operator tunes, as one value that never changes; features add the parts that they declare. */
export interface Snapshot {
  readonly fields: FieldRules;
  readonly limits: Limits;
}

/** @param warn is given a line for what is understood as an earlier version meant it. @throws ConfigError */
type Reader<T> = (warn: (line: string) => void) => T;

const readers = new Map<string, Reader<unknown>>([
  ['fields', readFields],
  ['limits', readLimits],
]);

/** Adds a part to the snapshot: how its file is read, which happens whenever all are. */
export const declareSetting = <Name extends keyof Snapshot>(name: Name, read: Reader<Snapshot[Name]>): void =>
  void readers.set(name, read);

/**
 * Reads the files of all parts.
 * @param warn is given a line for what is understood as an earlier version meant it.
 * @throws ConfigError naming the file and the bad place.
 */
export const readSettings = (warn: (line: string) => void = () => undefined): Snapshot =>
  Object.freeze(
    Object.fromEntries([...readers].map(([name, read]) => [name, read(warn)])),
  ) as unknown as Snapshot;

/** The snapshot in force. Who keeps something that was made of one compares it with the current: a reload brings another. */
@Injectable()
export class Settings {
  private snapshot: Snapshot | undefined;

  /** @throws ConfigError where a file is wrong and nobody has read them before. */
  get current(): Snapshot {
    return (this.snapshot ??= readSettings());
  }

  replace(snapshot: Snapshot): void {
    this.snapshot = snapshot;
  }
}

/** The one of this process: injected as `Settings`, and asked by schemas, which no module makes. */
export const settings = new Settings();
