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

/** config/fields.json: the rules of text fields, by the kind of what they hold. */
export type FieldRules = z.infer<typeof fieldsSchema>;

/** @throws ConfigError naming the file and the bad place. */
export const readFields = (): FieldRules => readConfigFile('fields.json', fieldsSchema);
