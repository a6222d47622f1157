import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Problem } from '../../src/platform/errors/problem.js';
import { assertTransition, resolutionOf } from '../../src/tickets/ticket.policy.js';
import { isFinal, nextStatuses, workflow } from '../../src/tickets/ticket.workflow.js';

const statuses = Object.keys(workflow.statuses);

describe('the shipped workflow', () => {
  it('lets a ticket walk anywhere the table allows, with resolved_at set exactly in final statuses', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...statuses), { maxLength: 30 }), (wishes) => {
        let status = workflow.initial;
        let resolved = false;
        for (const wish of wishes) {
          try {
            assertTransition(workflow, status, wish);
          } catch (refusal) {
            expect(refusal).toBeInstanceOf(Problem);
            expect((refusal as Problem).extra.allowed).toEqual(nextStatuses(workflow, status));
            expect(nextStatuses(workflow, status)).not.toContain(wish);
            continue;
          }
          const change = resolutionOf(workflow, status, wish);
          resolved = change === 'enter' ? true : change === 'leave' ? false : resolved;
          status = wish;
          expect(resolved).toBe(isFinal(workflow, status));
        }
      }),
    );
  });
});
