import { z } from 'zod';
import { ruleOf, text } from '../../../platform/validation/text.js';
import { uuidIn } from '../../../platform/validation/uuid.spelling.js';
import { HIGHEST_CAPACITY } from '../../../spaces/tree/space.entity.js';

export const legacySpaceId = z
  .string()
  .transform((spelling, context) => {
    const id = uuidIn(spelling);
    if (id !== undefined) return id;
    context.addIssue({ code: 'custom', message: 'must be a UUID' });
    return z.NEVER;
  })
  .meta({
    type: 'string',
    format: 'uuid',
    description: 'Id of the space, in any spelling of a UUID.',
    example: '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e10',
  });

export const legacyMaximum = z
  .string()
  .regex(/^\d+$/, `must be a whole number from 1 to ${HIGHEST_CAPACITY}`)
  .transform(Number)
  .refine(
    (value) => value >= 1 && value <= HIGHEST_CAPACITY,
    `must be a whole number from 1 to ${HIGHEST_CAPACITY}`,
  )
  .meta({
    type: 'integer',
    minimum: 1,
    maximum: HIGHEST_CAPACITY,
    pattern: undefined,
    description: 'How many people may be inside.',
    example: 40,
  });

export const legacyCurrent = z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).meta({
  type: 'integer',
  minimum: 0,
  pattern: undefined,
  description: 'How many are inside; more than the maximum count as the maximum.',
  example: 12,
});

/** The rule of labels, also after a reload; as long as the router lets a part of a path be. */
const legacyLabel = () => ({
  ...ruleOf('label'),
  max: 300,
  message: '1 to 300 characters on one line',
});

export const legacyName = text(legacyLabel).meta({
  description: 'Name of the space.',
  example: 'Reading room',
});
