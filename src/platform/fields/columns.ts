import { Column, type ColumnOptions } from 'typeorm';
import type { Fields } from './description.js';

/**
 * Gives an entity the columns of its description, so that TypeORM compares them with the tables.
 * @param options what only the database has to know, such as a default. `null`: the class declares the column itself.
 */
export function addColumns(
  entity: { prototype: object },
  fields: Fields,
  options: Record<string, ColumnOptions | null> = {},
): void {
  for (const [name, { type, nullable = false }] of Object.entries(fields)) {
    const own = options[name];
    const column: ColumnOptions = type === 'text[]' ? { type: 'text', array: true } : { type };
    if (own !== null) Column({ ...column, nullable, ...own })(entity.prototype, name);
  }
}
