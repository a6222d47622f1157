import { z } from 'zod';
import { idInBody, moment } from '../../platform/validation/text.js';
import { listParameters, pageOf } from '../../platform/pagination/page.js';
import { spaceId } from '../tree/space.schemas.js';

export const alertSchema = z
  .object({
    id: idInBody,
    space_id: spaceId,
    level: z.enum(['amber', 'full']).meta({ description: 'What the space rose to.', example: 'full' }),
    occupancy: z.int().meta({ description: 'How many were inside then.', example: 40 }),
    capacity: z.int().meta({ description: 'How many might be.', example: 40 }),
    raised_at: moment,
    cleared_at: moment
      .nullable()
      .meta({ description: 'When the level was left; null: not yet.', example: null }),
    delivered_at: moment
      .nullable()
      .meta({ description: 'When those who asked for alerts were notified; null: not yet.', example: null }),
    ticket_id: idInBody.nullable().meta({ description: 'The ticket that was open for it.', example: null }),
  })
  .meta({ id: 'SpaceAlert' });

export const alertPage = pageOf(alertSchema, 'SpaceAlertPage');

const { limit, cursor, count } = listParameters(['id']);

export const alertQuery = z.strictObject({ limit, cursor, count });

export type AlertQuery = z.infer<typeof alertQuery>;
