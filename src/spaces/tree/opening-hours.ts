import { z } from 'zod';
import { type OpeningHours, type Weekday, WEEKDAYS } from './space.entity.js';

/** More would be a mistake. */
const MOST_SPANS = 12;
const EXAMPLE = [['09:00', '18:00']];

const NAMES: Record<Weekday, string> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

/** A local time of day. */
export const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 09:00')
  .meta({ example: '09:00' });

const endOfSpan = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time such as 18:00, or 24:00');

const span = z
  .tuple([timeOfDay, endOfSpan], { error: 'must be two times, from and to' })
  .refine(([from, to]) => from < to, 'must end after it begins; split what passes midnight into two days');

/** Spans of one day in their order. `HH:MM` sorts as text. */
const day = (name: Weekday) =>
  z
    .array(span)
    .max(MOST_SPANS, `must be at most ${MOST_SPANS} spans`)
    .overwrite((spans) => [...spans].sort(([one], [other]) => (one < other ? -1 : 1)))
    .refine(
      (spans) => spans.every(([from], index) => index === 0 || (spans[index - 1]?.[1] ?? '') <= from),
      'must not overlap',
    )
    .meta({ description: `${NAMES[name]}: local times from and to.`, example: EXAMPLE });

const week = <Schema extends z.ZodType>(schemaOf: (name: Weekday) => Schema) =>
  z.strictObject(
    Object.fromEntries(WEEKDAYS.map((name) => [name, schemaOf(name)])) as Record<Weekday, Schema>,
  );

const DESCRIPTION =
  'Local times by weekday; a day that is not named is closed, null: those of the space above, and always open without one. Counting goes on when it is closed.';

export const openingHours = week((name) => day(name).optional())
  .nullable()
  .meta({ description: DESCRIPTION, example: { mon: EXAMPLE } });

/** As JSON Merge Patch has it: only the days that are named change, null closes one (RFC 7396). */
export const openingHoursPatch = week((name) => day(name).nullable().optional())
  .nullable()
  .meta({ description: DESCRIPTION, example: { mon: EXAMPLE } });

/** The hours as a patch leaves them, the days in their order. */
export function mergeHours(
  was: OpeningHours | null,
  patch: z.infer<typeof openingHoursPatch>,
): OpeningHours | null {
  if (patch === null) return null;
  const days = WEEKDAYS.map((name) => [name, patch[name] === undefined ? was?.[name] : patch[name]] as const);
  return Object.fromEntries(days.filter(([, spans]) => spans != null));
}
