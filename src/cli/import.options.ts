import { InvalidArgumentError } from 'commander';
import { UsageError } from './shell.js';

export interface ImportOptions {
  file: string;
  map?: Map<string, string>;
  dryRun?: boolean;
  report?: string;
  json?: boolean;
}

/** Reads `field=column,field=column`; given twice, both count. */
export function parseMap(value: string, earlier: Map<string, string> = new Map()): Map<string, string> {
  const map = new Map(earlier);
  for (const pair of value.split(',')) {
    const [field = '', column = '', ...rest] = pair.split('=').map((part) => part.trim());
    if (field === '' || column === '' || rest.length > 0)
      throw new InvalidArgumentError('It must look like title=topic,description=text.');
    map.set(field, column);
  }
  return map;
}

/** @throws UsageError when --map names a field that the import does not have, or one column for two fields. */
export function checkMap(map: ReadonlyMap<string, string>, fields: readonly string[]): void {
  const unknown = [...map.keys()].find((field) => !fields.includes(field));
  if (unknown !== undefined)
    throw new UsageError(`--map names the unknown field ${unknown}; the fields are ${fields.join(', ')}`);
  const columns = [...map.values()];
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice !== undefined)
    throw new UsageError(`--map uses the column ${twice} for two fields: name it once`);
}
