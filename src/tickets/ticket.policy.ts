import { conflict } from '../platform/errors/problem.js';
import { isFinal, nextStatuses, type Workflow } from './ticket.workflow.js';

/**
 * Holds a change of status to the workflow; staying where it is is no change.
 * @throws Problem 409 with the allowed statuses.
 */
export function assertTransition(flow: Workflow, from: string, to: string): void {
  if (from === to) return;
  const allowed = nextStatuses(flow, from);
  if (allowed.includes(to)) return;
  const hint =
    allowed.length > 0 ? `from here it can go to ${allowed.join(', ')}` : `nothing may follow ${from}`;
  throw conflict('transition_refused', `A ticket cannot go from ${from} to ${to}; ${hint}.`, { allowed });
}

/** Whether a change of status enters the final ones, leaves them, or neither. */
export function resolutionOf(flow: Workflow, from: string, to: string): 'enter' | 'leave' | 'none' {
  const [was, becomes] = [isFinal(flow, from), isFinal(flow, to)];
  if (was === becomes) return 'none';
  return becomes ? 'enter' : 'leave';
}
