import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { setValuesApart } from '../access/audit/audit.values.js';
import { type Fields, type Filter, namesWith } from '../platform/fields/description.js';
import { before, equals, from } from '../platform/fields/filters.js';
import { momentParameter } from '../platform/pagination/page.js';
import { where } from '../platform/pagination/page.reading.js';
import { settings } from '../platform/settings/settings.js';
import './ticket.workflow.js';
import { exampleOf, id, idInBody, moment, text, uuid } from '../platform/validation/text.js';

/** One of the names that the workflow has now, which a reload may change. */
function oneOf(names: () => string[], example: () => string) {
  const error = (): string => `must be one of ${names().join(', ')}`;
  return z
    .string({ error })
    .refine((name) => names().includes(name), { error })
    .meta({
      get enum() {
        return names();
      },
      get example() {
        return example();
      },
    });
}

const shownName = (example: () => string) =>
  z.string().meta({
    get example() {
      return example();
    },
  });

const workflow = () => settings.current.workflow;
const initial = () => workflow().initial;
const defaultPriority = () => workflow().default_priority;

const inUtc = (time: string): string => Temporal.Instant.from(time).round('microsecond').toString();

const status = oneOf(() => Object.keys(workflow().statuses), initial);
const priority = oneOf(() => workflow().priorities, defaultPriority);
const title = text('title');
const description = text('description', 'many');
const employee = idInBody.meta({ description: 'The employee who needs help: the requester.' });
const assignee = idInBody.nullable().meta({ description: 'The user who works on it.', example: null });
const space = uuid.nullable().meta({ description: 'The space that it is about.', example: null });
const due = moment.nullable().meta({ description: 'By when it is to be done.', example: null });

/** The same with any offset, in the one spelling in which it is read again. */
const newDue = momentParameter.transform(inUtc).nullable().meta({
  description: 'By when it is to be done: an ISO 8601 time.',
  example: null,
});

const person = z
  .union([z.enum(['me', 'none']), id], { error: 'must be an id, `me` or `none`' })
  .meta({ type: 'string', anyOf: undefined, pattern: '^(me|none|[1-9][0-9]{0,14})$' });

const isPerson =
  (column: string): Filter['where'] =>
  (value: 'me' | 'none' | number, me) =>
    value === 'none' ? where(`${column} IS NULL`) : where(`${column} = ?`, value === 'me' ? me : value);

/** A field that is new to tickets is a migration, its line here, and its tests. */
export const TICKET_FIELDS = {
  id: { type: 'bigint', shown: idInBody, sorts: true, exported: true },
  title: {
    type: 'text',
    shown: z.string().meta(exampleOf('title')),
    created: title,
    patched: title,
    exported: true,
    imported: title,
  },
  description: {
    type: 'text',
    shown: z.string().meta(exampleOf('description')),
    created: description.default(''),
    patched: description,
    exported: true,
    imported: description.default(''),
    apart: 'long',
  },
  status: {
    type: 'text',
    shown: shownName(initial),
    patched: status,
    filters: { status: equals('status', status, 'Only tickets in this status.') },
    exported: true,
  },
  priority: {
    type: 'text',
    shown: shownName(defaultPriority),
    created: priority.default(defaultPriority),
    patched: priority,
    filters: { priority: equals('priority', priority, 'Only tickets of this priority.') },
    exported: true,
    imported: priority.default(defaultPriority),
  },
  employee_id: {
    type: 'bigint',
    shown: employee,
    created: employee,
    patched: employee,
    filters: { employee_id: equals('employee_id', id, 'Only tickets of this requester.') },
    exported: true,
  },
  created_by: {
    type: 'bigint',
    shown: idInBody.meta({ description: 'The user who opened it.' }),
    filters: {
      created_by: {
        schema: person,
        description: 'Who opened it: an id, `me` or `none`.',
        where: isPerson('created_by'),
      },
    },
    exported: true,
  },
  assignee_id: {
    type: 'bigint',
    nullable: true,
    shown: assignee,
    created: assignee.default(null),
    patched: assignee,
    filters: {
      assignee: {
        schema: person,
        description: 'Who works on it: an id, `me` or `none`.',
        where: isPerson('assignee_id'),
      },
    },
    exported: true,
  },
  due_at: {
    type: 'timestamptz',
    nullable: true,
    shown: due,
    created: newDue.default(null),
    patched: newDue,
    sorts: true,
    filters: { due_from: from('due_at', 'Due'), due_to: before('due_at', 'Due') },
    exported: true,
    imported: momentParameter.optional(),
  },
  space_id: {
    type: 'uuid',
    nullable: true,
    shown: space,
    created: space.default(null),
    patched: space,
    filters: { space_id: equals('space_id', uuid, 'Only tickets about this space.') },
    exported: true,
    imported: uuid.optional(),
  },
  version: { type: 'integer' },
  created_at: {
    type: 'timestamptz',
    shown: moment,
    sorts: true,
    filters: { created_from: from('created_at', 'Opened'), created_to: before('created_at', 'Opened') },
    exported: true,
    imported: momentParameter.optional(),
  },
  updated_at: {
    type: 'timestamptz',
    shown: moment,
    sorts: true,
    filters: { updated_from: from('updated_at', 'Changed'), updated_to: before('updated_at', 'Changed') },
    exported: true,
    imported: momentParameter.optional(),
  },
  resolved_at: {
    type: 'timestamptz',
    nullable: true,
    shown: moment.nullable().meta({ description: 'Since when its status is a final one.', example: null }),
    exported: true,
    imported: momentParameter.optional(),
  },
} as const satisfies Fields;

setValuesApart('ticket', {
  long: namesWith(TICKET_FIELDS, ({ apart }) => apart === 'long'),
  personal: namesWith(TICKET_FIELDS, ({ apart }) => apart === 'personal'),
});
