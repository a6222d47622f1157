import { z } from 'zod';
import { fields } from '../../../../config/fields.js';
import { text } from '../../../platform/validation/text.js';
import { statusNamed, workflow } from '../../../tickets/ticket.workflow.js';

const labels = (): string[] => Object.values(workflow.statuses).map(({ label }) => `'${label}'`);
const choice = (): string => [labels().slice(0, -1).join(', '), labels().at(-1)].filter(Boolean).join(' or ');
const initialLabel = () => workflow.statuses[workflow.initial]?.label;

/** A name or a label in any case. */
const status = z
  .string()
  .refine((value) => statusNamed(workflow, value) !== undefined, {
    error: () => `Input should be ${choice()}`,
    params: { type: 'enum' },
    abort: true,
  })
  .transform((value) => statusNamed(workflow, value) ?? value)
  .meta({
    get description() {
      return `One of ${labels().join(', ')}, in any case.`;
    },
    get example() {
      return initialLabel();
    },
  });

const title = text(fields.title);
const description = text(fields.description, 'many');

const example = () => ({
  title: fields.title.examples[0],
  description: fields.description.examples[0],
  status: initialLabel(),
});

export const newOlderTicket = z
  .object({ title, description: description.default(''), status: status.default(() => workflow.initial) })
  .meta({
    id: 'TicketServerNewTicket',
    get example() {
      return example();
    },
  });

export const wholeOlderTicket = z.object({ title, description, status }).meta({
  id: 'TicketServerWholeTicket',
  get example() {
    return example();
  },
});

export type NewOlderTicket = z.infer<typeof newOlderTicket>;
export type WholeOlderTicket = z.infer<typeof wholeOlderTicket>;
