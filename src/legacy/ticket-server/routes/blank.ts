import { z } from 'zod';
import type { FieldRule } from '../../../../config/fields.js';
import { exampleOf, text } from '../../../platform/validation/text.js';

/** A field that the ticket server shows as "" when it is empty, and so takes back as such. */
export const blankable = (rule: FieldRule) =>
  z
    .string()
    .nullable()
    .transform((value) => (value?.trim() === '' ? null : value))
    .pipe(text(rule).nullable())
    .meta(exampleOf(rule));
