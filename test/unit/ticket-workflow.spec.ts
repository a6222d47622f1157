import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Problem } from '../../src/platform/errors/problem.js';
import { assertTransition, resolutionOf } from '../../src/tickets/ticket.policy.js';
import { isFinal, nextStatuses, wayToFinal, type Workflow } from '../../src/tickets/ticket.workflow.js';
import { settings } from '../../src/platform/settings/settings.js';

const { workflow } = settings.current;

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

describe('a change that the workflow does not know', () => {
  const status = (to: string[]) => ({ label: 'A status', final: true, to });
  const flow: Workflow = {
    initial: 'a',
    statuses: { a: status(['b', 'c']), b: status([]), c: status([]) },
    priorities: ['normal'],
    default_priority: 'normal',
  };

  it.each([
    ['a', 'd', 'A ticket cannot go from a to d; from here it can go to b, c.'],
    ['b', 'a', 'A ticket cannot go from b to a; nothing may follow b.'],
  ])('from %s to %s is refused with what may be done instead', (from, to, detail) => {
    expect(() => assertTransition(flow, from, to)).toThrow(detail);
  });
});

describe('the way to a final status', () => {
  it('is one step from every open status as shipped, and none from a final one', () => {
    const ways = statuses.map((status) => [status, wayToFinal(workflow, status)]);
    expect(Object.fromEntries(ways)).toEqual({
      new: ['resolved'],
      open: ['resolved'],
      pending: ['resolved'],
      resolved: [],
      closed: [],
    });
  });

  it('is the shortest that any workflow allows, and leads to its end step by step', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const flows = fc
      .array(fc.record({ final: fc.boolean(), to: fc.subarray(names) }), { minLength: 5, maxLength: 5 })
      .map((rows): Workflow => ({
        initial: 'a',
        statuses: Object.fromEntries(
          rows.map((row, index) => [names[index], { label: names[index] as string, ...row }]),
        ),
        priorities: ['normal'],
        default_priority: 'normal',
      }));
    fc.assert(
      fc.property(flows, fc.constantFrom(...names), (flow, from) => {
        // As many steps as it takes until a final one is among those that can be reached.
        let reached = new Set([from]);
        let steps = 0;
        while (![...reached].some((name) => isFinal(flow, name)) && steps < names.length) {
          reached = new Set([...reached, ...[...reached].flatMap((name) => nextStatuses(flow, name))]);
          steps += 1;
        }
        const way = wayToFinal(flow, from);
        if (way === undefined) return expect([...reached].some((name) => isFinal(flow, name))).toBe(false);
        expect(way.length).toBe(steps);
        expect(isFinal(flow, way.at(-1) ?? from)).toBe(true);
        way.forEach((name, index) => expect(nextStatuses(flow, way[index - 1] ?? from)).toContain(name));
      }),
    );
  });
});
