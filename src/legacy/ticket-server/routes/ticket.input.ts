import { z } from 'zod';
import { settings } from '../../../platform/settings/settings.js';
import { ruleOf, text } from '../../../platform/validation/text.js';
import { statusNamed } from '../../../tickets/ticket.workflow.js';

const workflow = () => settings.current.workflow;
const labels = (): string[] => Object.values(workflow().statuses).map(({ label }) => `'${label}'`);
const choice = (): string => [labels().slice(0, -1).join(', '), labels().at(-1)].filter(Boolean).join(' or ');
const initialLabel = () => workflow().statuses[workflow().initial]?.label;

/** A name or a label in any case. */
const status = z
  .string()
  .refine((value) => statusNamed(workflow(), value) !== undefined, {
    error: () => `Input should be ${choice()}`,
    params: { type: 'enum' },
    abort: true,
  })
  .transform((value) => statusNamed(workflow(), value) ?? value)
  .meta({
    get description() {
      return `One of ${labels().join(', ')}, in any case.`;
    },
    get example() {
      return initialLabel();
    },
  });

const title = text('title');
const description = text('description', 'many');

const example = () => ({
  title: ruleOf('title').examples[0],
  description: ruleOf('description').examples[0],
  status: initialLabel(),
});

export const newLegacyTicket = z
  .object({ title, description: description.default(''), status: status.default(() => workflow().initial) })
  .meta({
    id: 'TicketServerNewTicket',
    get example() {
      return example();
    },
  });

export const wholeLegacyTicket = z.object({ title, description, status }).meta({
  id: 'TicketServerWholeTicket',
  get example() {
    return example();
  },
});

export type NewLegacyTicket = z.infer<typeof newLegacyTicket>;
export type WholeLegacyTicket = z.infer<typeof wholeLegacyTicket>;
