import { z } from 'zod';
import { exampleOf, type Rule, text } from '../../../platform/validation/text.js';

/** A field that the ticket server shows as "" when it is empty, and so takes back as such. */
export const blankable = (rule: Rule) =>
  z
    .string()
    .nullable()
    .transform((value) => (value?.trim() === '' ? null : value))
    .pipe(text(rule).nullable())
    .meta(exampleOf(rule));
