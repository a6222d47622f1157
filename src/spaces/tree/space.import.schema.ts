import { z } from 'zod';
import { normalise, searchText } from '../../platform/http/text.js';
import { newSpaceSchema } from './space.schemas.js';

const { parent_id: _, ticket_for: __, ...fields } = newSpaceSchema.shape;

/** A cell of a CSV file is text, where NDJSON has a value. */
const cell = <Schema extends z.ZodType>(read: (text: string) => unknown, schema: Schema) =>
  z.preprocess((value) => (typeof value === 'string' ? read(value) : value), schema);

const number = (text: string): unknown => (/^\d{1,9}$/.test(text) ? Number(text) : text);

const days = (text: string): unknown => (text === 'unlimited' ? null : number(text));

const flags: Record<string, boolean> = { true: true, false: false };

const json = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // The schema says what it must look like.
    return text;
  }
};

/** A line of an import: the fields of a new space, and where it lies. */
export const spaceRowSchema = z.strictObject({
  ...fields,
  parent: searchText(2_000).optional(),
  capacity: cell(number, fields.capacity),
  tags: cell((text) => text.split(/[,;]/).map(normalise).filter(Boolean), fields.tags),
  opening_hours: cell(json, fields.opening_hours),
  amber_percent: cell(number, fields.amber_percent),
  full_percent: cell(number, fields.full_percent),
  hysteresis_percent: cell(number, fields.hysteresis_percent),
  accept_late_days: cell(days, fields.accept_late_days),
  keep_events_days: cell(days, fields.keep_events_days),
  public: cell((text) => flags[text] ?? text, fields.public),
});

export type SpaceRow = z.infer<typeof spaceRowSchema>;
