import { z } from 'zod';
import { exampleOf, moment, ruleOf, text, uuid } from '../../platform/validation/text.js';
import { listParameters, pageOf } from '../../platform/pagination/page.js';

const EXAMPLE_ID = '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e20';
const EXAMPLE_SPACE_ID = '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e10';

const doorUuid = uuid.meta({ example: EXAMPLE_ID });
const name = text('label');
const from = uuid
  .nullable()
  .meta({ description: 'The space that `in` leaves; null: outside.', example: null });
const to = uuid
  .nullable()
  .meta({ description: 'The space that `in` enters; null: outside.', example: EXAMPLE_SPACE_ID });

export const doorSchema = z
  .object({
    id: doorUuid,
    name: z.string().meta(exampleOf('label')),
    from_space_id: from,
    to_space_id: to,
    created_at: moment,
    updated_at: moment,
  })
  .meta({ id: 'Door' });

export const doorPage = pageOf(doorSchema, 'DoorPage');

export const newDoorSchema = z
  .strictObject({
    id: doorUuid.optional().meta({ description: 'A UUID of your own; made for you without it.' }),
    name,
    from_space_id: from.default(null),
    to_space_id: to.default(null),
  })
  .refine((door) => door.from_space_id !== door.to_space_id, {
    path: ['to_space_id'],
    error: 'must be another space than from_space_id; at most one of them is outside',
  })
  .meta({
    id: 'NewDoor',
    get example() {
      return {
        id: EXAMPLE_ID,
        name: ruleOf('label').examples[0],
        from_space_id: null,
        to_space_id: EXAMPLE_SPACE_ID,
      };
    },
  });

export const doorPatchSchema = z
  .strictObject({ name })
  .partial()
  .meta({ id: 'DoorPatch', example: { name: 'Back entrance' } });

export const doorQuery = z.strictObject({
  ...listParameters(['id', 'name', 'created_at']),
  space_id: uuid.optional().meta({ description: 'Only doors that lead into or out of this space.' }),
});

export const doorId = doorUuid.meta({ description: 'Id of the door.' });

export type NewDoor = z.infer<typeof newDoorSchema>;
export type DoorPatch = z.infer<typeof doorPatchSchema>;
export type DoorQuery = z.infer<typeof doorQuery>;
