import { z } from 'zod';
import { moment, text, uuid } from '../../platform/validation/text.js';
import { listParameters, pageOf } from '../../platform/pagination/page.js';

const EXAMPLE_ID = '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e40';
const EXAMPLE_NAME = 'Screen in the lobby';
export const EXAMPLE_SECRET = `${'Zx9k'.repeat(10)}Q7o`;

const tokenUuid = uuid.meta({ example: EXAMPLE_ID });

const displayToken = z.object({
  id: tokenUuid,
  space_id: uuid,
  name: z.string().meta({ example: EXAMPLE_NAME }),
  created_at: moment,
});

export const displayTokenSchema = displayToken.meta({ id: 'DisplayToken' });

export const displayTokenPage = pageOf(displayTokenSchema, 'DisplayTokenPage');

const ONCE = 'Shown this once: null when a request is repeated with its Idempotency-Key.';

export const displayTokenWithSecretSchema = displayToken
  .extend({
    secret: z
      .string()
      .nullable()
      .meta({
        description: `The token itself, which is part of the address. ${ONCE}`,
        example: EXAMPLE_SECRET,
      }),
    url: z
      .string()
      .nullable()
      .meta({
        description: `The page to open on the screen. ${ONCE}`,
        example: `https://desk.example.org/board/${EXAMPLE_SECRET}`,
      }),
  })
  .meta({ id: 'DisplayTokenWithSecret' });

export const newDisplayTokenSchema = z
  .strictObject({
    id: tokenUuid.optional().meta({ description: 'A UUID of your own; made for you without it.' }),
    name: text('label').meta({ example: EXAMPLE_NAME }),
  })
  .meta({ id: 'NewDisplayToken', example: { id: EXAMPLE_ID, name: EXAMPLE_NAME } });

const { limit, cursor, count } = listParameters(['id']);

export const displayTokenQuery = z.strictObject({ limit, cursor, count });

export const displayTokenId = tokenUuid.meta({ description: 'Id of the display token.' });

export type NewDisplayToken = z.infer<typeof newDisplayTokenSchema>;
export type DisplayTokenQuery = z.infer<typeof displayTokenQuery>;
