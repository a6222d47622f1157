import { type z } from 'zod';
import { searchText, uuid } from '../../platform/validation/text.js';
import { newSpaceSchema } from './space.schemas.js';

const NUMBERS = [
  'capacity',
  'amber_percent',
  'full_percent',
  'hysteresis_percent',
  'accept_late_days',
  'keep_events_days',
];

/** The JSON value of a cell of a CSV file; a cell without one is returned as it is, for the schema to refuse. */
function cellValue(field: string, cell: unknown): unknown {
  if (typeof cell !== 'string') return cell;
  if (NUMBERS.includes(field))
    return /^\d{1,9}$/.test(cell) ? Number(cell) : cell === 'unlimited' ? null : cell;
  if (field === 'public') return cell === 'true' ? true : cell === 'false' ? false : cell;
  if (field === 'tags') return cell.split(/[\s,;]+/).filter(Boolean);
  if (field !== 'opening_hours') return cell;
  try {
    return JSON.parse(cell);
  } catch {
    return cell;
  }
}

/** The values of a line with those of its cells that are no text. */
export const lineValues = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([field, cell]) => [field, cellValue(field, cell)]));

/** A line of an import: the fields of a new space, and what contains it by id or by its names from the top. */
export const spaceRowSchema = newSpaceSchema
  .omit({ parent_id: true, ticket_for: true })
  .extend({
    parent_id: uuid.optional(),
    parent: searchText(1_000).optional(),
  })
  .refine(({ parent, parent_id }) => parent === undefined || parent_id === undefined, {
    path: ['parent'],
    error: 'cannot stand beside parent_id',
  });

export type SpaceRow = z.infer<typeof spaceRowSchema>;

export const SPACE_FIELDS = Object.keys(spaceRowSchema.shape);
