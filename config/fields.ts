import { z } from 'zod';
import { readConfigFile } from './files.js';

const isPattern = (source: string): boolean => {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
};

const rule = z
  .strictObject({
    /** Lengths count Unicode code points, as JSON Schema does. */
    min: z.int().min(0),
    max: z.int().min(1).max(1_000_000),
    pattern: z.string().refine(isPattern, 'is not a regular expression').optional(),
    examples: z.array(z.string()).min(1),
    message: z.string().min(1),
  })
  .refine(({ min, max }) => min <= max, 'min is above max');

/** What a text field takes: lengths in code points, an optional pattern, examples, and the sentence of a refusal. */
export type FieldRule = z.infer<typeof rule>;

const fieldsSchema = z.strictObject({
  username: rule,
  name: rule,
  /** What spaces, doors, devices and displays are called. */
  label: rule,
  phone: rule,
  email: rule,
  place: rule,
  address: rule,
  title: rule,
  description: rule,
  password: rule,
  password_hardened: rule,
});

/** @throws ConfigError naming the file and the bad place. */
export const readFields = (): z.infer<typeof fieldsSchema> => readConfigFile('fields.json', fieldsSchema);

/** config/fields.json: the schemas of all features are built from it, and follow it when its content is replaced. */
export const fields = readFields();
