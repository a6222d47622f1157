import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { idInBody, moment, searchText, text, uuid } from '../../platform/validation/text.js';
import { flag, listParameters, pageOf } from '../../platform/pagination/page.js';
import { openingHours, openingHoursPatch, timeOfDay } from './opening-hours.js';
import { timeZoneNamed } from './local-time.js';
import { HIGHEST_CAPACITY, SPACE_KINDS } from './space.entity.js';

const EXAMPLE_ID = '0199c6f2-8f3a-7c41-9d55-1b6f0a3c2e10';

const MOST_TAGS = 20;
const MOST_DAYS = 36_500;

const kind = z
  .enum(SPACE_KINDS, { error: `must be one of ${SPACE_KINDS.join(', ')}` })
  .meta({ description: 'What lies in a space is of a kind further down this list.', example: 'room' });

const parent = uuid
  .nullable()
  .meta({ description: 'The space that it lies in; null: in none.', example: null });

const wholeNumber = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int(error).min(min, error).max(max, error);
};

const capacity = wholeNumber(1, HIGHEST_CAPACITY)
  .nullable()
  .meta({ description: 'How many people may be in it; null: no limit.', example: 40 });

const overCapacity = z.enum(['allow', 'refuse'], { error: 'must be allow or refuse' }).meta({
  description: 'Whether somebody who asks to enter beyond the capacity is refused.',
  example: 'allow',
});

const timeZone = z
  .string()
  .max(64)
  .transform((name, context) => {
    const known = timeZoneNamed(name);
    if (known !== undefined) return known;
    context.addIssue({ code: 'custom', message: 'must be an IANA time zone such as Europe/London' });
    return z.NEVER;
  })
  .nullable()
  .meta({
    type: ['string', 'null'],
    description: 'An IANA name; null: that of the space above, and UTC without one.',
    example: 'Europe/London',
  });

const tag = text(() => ({
  min: 1,
  max: 32,
  pattern: '^[\\p{Ll}\\p{Lo}\\p{N}][\\p{Ll}\\p{Lo}\\p{N}_-]*$',
  examples: ['quiet'],
  message: '1 to 32 lower-case letters, digits, hyphens or underscores',
  // Readers of the document need not know the classes of Unicode.
})).meta({ pattern: undefined });

const tags = z
  .array(tag)
  .max(MOST_TAGS, `must be at most ${MOST_TAGS} tags`)
  .overwrite((given) => [...new Set(given)])
  .meta({ description: 'Words to find it by.', example: ['quiet'] });

const since = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 time such as 2026-11-22T09:30:00Z' })
  .max(40)
  .transform((value) =>
    Temporal.Instant.from(value).round({ smallestUnit: 'microsecond', roundingMode: 'floor' }).toString(),
  )
  .meta({
    type: 'string',
    format: 'date-time',
    description: 'Events from before are refused; it was empty then. May lie in the past.',
    example: '2026-11-22T09:30:00Z',
  });

const settings = {
  parent_id: parent,
  kind,
  name: text('label').meta({ example: 'Reading room' }),
  time_zone: timeZone,
  capacity,
  over_capacity: overCapacity,
  tags,
  amber_percent: wholeNumber(1, 1_000).meta({
    description: 'Share of the capacity from which on it is `amber`.',
    example: 80,
  }),
  full_percent: wholeNumber(1, 1_000).meta({
    description: 'Share of the capacity from which on it is `full`; not below `amber_percent`.',
    example: 100,
  }),
  hysteresis_percent: wholeNumber(0, 100).meta({
    description: 'How far below its threshold the share must fall before a level is left.',
    example: 5,
  }),
  ticket_for: idInBody.nullable().meta({
    description:
      'The employee for whom one ticket is opened while it is full; null: no tickets. Whoever sets it is `created_by` of the tickets, and needs `ticket:create`.',
    example: null,
  }),
  accept_late_days: wholeNumber(1, MOST_DAYS).nullable().meta({
    description:
      'How many days late an event may come; null: any number. Not more than `keep_events_days`, so that no event can count again after its row has gone.',
    example: 7,
  }),
  keep_events_days: wholeNumber(1, MOST_DAYS).nullable().meta({
    description: 'How many days single events are kept; null: for ever. The history stays.',
    example: 90,
  }),
  reset_at: timeOfDay.nullable().meta({
    description: 'Local time at which nobody is inside any more, each day; null: never.',
    example: '04:00',
  }),
  public: z.boolean().meta({
    description: 'Open without a token through the legacy occupancy routes while PUBLIC_SPACES is on.',
    example: false,
  }),
};

export const spaceSchema = z
  .object({
    ...settings,
    id: uuid,
    name: z.string().nullable().meta({
      description: 'null only for one made through the legacy occupancy routes.',
      example: 'Reading room',
    }),
    time_zone: z.string().nullable().meta({
      description: 'null: that of the space above, and UTC without one.',
      example: 'Europe/London',
    }),
    opening_hours: openingHours,
    ticket_created_by: idInBody.nullable().meta({ description: 'Who set `ticket_for`.', example: null }),
    counting_since: moment.meta({ description: 'Events from before are refused; it was empty then.' }),
    reset_since: moment
      .nullable()
      .meta({ description: 'From when on `reset_at` applies.', example: '2026-11-22T09:30:00.000000Z' }),
    occupancy: z.int().meta({
      description:
        'How many are inside now, in the spaces within it too. The ETag depends on the settings and not on this number.',
      example: 12,
    }),
    created_at: moment,
    updated_at: moment,
  })
  .meta({ id: 'Space' });

export const spacePage = pageOf(spaceSchema, 'SpacePage');

export const newSpaceSchema = z
  .strictObject({
    id: uuid.optional().meta({ description: 'A UUID of your own; made for you without it.' }),
    ...settings,
    parent_id: settings.parent_id.default(null),
    time_zone: settings.time_zone.default(null),
    capacity: settings.capacity.default(null),
    over_capacity: settings.over_capacity.default('allow'),
    opening_hours: openingHours.default(null),
    tags: settings.tags.default([]),
    amber_percent: settings.amber_percent.default(80),
    full_percent: settings.full_percent.default(100),
    hysteresis_percent: settings.hysteresis_percent.default(5),
    ticket_for: settings.ticket_for.default(null),
    counting_since: since
      .optional()
      .describe('Now without it; may lie in the past. Events from before are refused.'),
    accept_late_days: settings.accept_late_days.default(7),
    keep_events_days: settings.keep_events_days.default(90),
    reset_at: settings.reset_at.default(null),
    public: settings.public.default(false),
  })
  .meta({
    id: 'NewSpace',
    example: {
      id: EXAMPLE_ID,
      kind: 'room',
      name: 'Reading room',
      time_zone: 'Europe/London',
      capacity: 40,
      opening_hours: { mon: [['09:00', '18:00']], tue: [['09:00', '18:00']] },
      tags: ['quiet'],
      reset_at: '04:00',
      counting_since: '2026-11-01T00:00:00Z',
      accept_late_days: null,
      keep_events_days: null,
    },
  });

export const spacePatchSchema = z
  .strictObject({ ...settings, opening_hours: openingHoursPatch, counting_since: since })
  .partial()
  .meta({ id: 'SpacePatch', example: { capacity: 50 } });

export const spaceQuery = z.strictObject({
  ...listParameters(['id', 'name', 'created_at']),
  parent_id: z
    .union([z.literal('none'), uuid], { error: 'must be a UUID or `none`' })
    .optional()
    .meta({
      type: 'string',
      anyOf: undefined,
      description: 'Only what lies directly in this space; `none`: what lies in no other.',
    }),
  within: uuid.optional().meta({ description: 'Only what lies in this space, at whatever depth.' }),
  kind: kind.optional().meta({ description: 'Only spaces of this kind.' }),
  tag: tag.optional().meta({ description: 'Only spaces with this tag.' }),
  q: searchText(100).optional().meta({ description: 'Part of the name.' }),
});

export const removalQuery = z.strictObject({
  recursive: flag
    .default(false)
    .meta({ description: 'Also delete the spaces within it, and the doors that lead to any of them.' }),
});

export const spaceId = uuid.meta({ description: 'Id of the space.' });

export type NewSpace = z.infer<typeof newSpaceSchema>;
/** A new space with only what differs from the defaults. */
export type SpaceFields = z.input<typeof newSpaceSchema>;
export type SpacePatch = z.infer<typeof spacePatchSchema>;
export type SpaceQuery = z.infer<typeof spaceQuery>;
