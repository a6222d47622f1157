import { z } from 'zod';
import { ConfigError } from '../../config/env.js';
import { readConfigFile } from '../../config/files.js';
import { declareSetting } from '../platform/settings/settings.js';

const word = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, 'must be a lower-case word of up to 32 characters');

const workflowSchema = z.strictObject({
  initial: word,
  statuses: z.record(
    word,
    z.strictObject({ label: z.string().min(1).max(64), final: z.boolean(), to: z.array(word) }),
  ),
  priorities: z.array(word).min(1),
  default_priority: word,
});

/** config/ticket-workflow.json: which statuses there are, and which may follow which. */
export type Workflow = z.infer<typeof workflowSchema>;

/** @throws ConfigError naming a status or priority that the file uses but does not define. */
export function checkWorkflow(workflow: Workflow): Workflow {
  const { initial, statuses, priorities, default_priority } = workflow;
  const missing = [initial, ...Object.values(statuses).flatMap(({ to }) => to)].filter(
    (name) => statuses[name] === undefined,
  );
  const problems = [...new Set(missing)].map((name) => `ticket-workflow.json: there is no status ${name}`);
  if (statuses[initial]?.final) problems.push('ticket-workflow.json: the initial status must not be final');
  if (!priorities.includes(default_priority)) {
    problems.push(`ticket-workflow.json: default_priority ${default_priority} is not one of the priorities`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return workflow;
}

/** @throws ConfigError naming the file and the bad place. */
export const readWorkflow = (): Workflow =>
  checkWorkflow(readConfigFile('ticket-workflow.json', workflowSchema));

declare module '../platform/settings/settings.js' {
  interface Snapshot {
    readonly workflow: Workflow;
  }
}

declareSetting('workflow', readWorkflow);

export const isFinal = (flow: Workflow, status: string): boolean => flow.statuses[status]?.final ?? false;

/** The statuses that may follow this one; none for a status that the workflow no longer has. */
export const nextStatuses = (flow: Workflow, status: string): readonly string[] =>
  flow.statuses[status]?.to ?? [];

/**
 * The shortest way from a status to a final one, without the status itself; of several as the workflow lists them.
 * @returns undefined when none leads there.
 */
export function wayToFinal(flow: Workflow, from: string): string[] | undefined {
  const ways: string[][] = [[]];
  const seen = new Set([from]);
  for (const way of ways) {
    const status = way.at(-1) ?? from;
    if (isFinal(flow, status)) return way;
    for (const next of nextStatuses(flow, status)) {
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}

/** A status by its name or its label, in any case. */
export function statusNamed(flow: Workflow, name: string): string | undefined {
  const wanted = name.trim().toLowerCase();
  return Object.entries(flow.statuses).find(
    ([key, { label }]) => key === wanted || label.toLowerCase() === wanted,
  )?.[0];
}
