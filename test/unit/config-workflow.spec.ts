import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConfigError } from '../../config/env.js';
import {
  checkWorkflow,
  isFinal,
  nextStatuses,
  statusNamed,
  type Workflow,
} from '../../src/tickets/ticket.workflow.js';
import { settings } from '../../src/platform/settings/settings.js';

const { workflow } = settings.current;

const names = Object.keys(workflow.statuses);

const linesOf = (changed: Partial<Workflow>): string[] => {
  try {
    checkWorkflow({ ...workflow, ...changed });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
};

describe('the workflow of tickets', () => {
  test('as shipped: an unfinished ticket goes anywhere but back to new, a finished one is reopened', () => {
    const others = (name: string) => names.filter((next) => next !== name && next !== 'new').sort();
    for (const name of ['new', 'open', 'pending'])
      expect([...nextStatuses(workflow, name)].sort()).toEqual(others(name));
    expect(nextStatuses(workflow, 'resolved')).toEqual(['open', 'closed']);
    expect(nextStatuses(workflow, 'closed')).toEqual(['open']);
    expect(names.filter((name) => isFinal(workflow, name))).toEqual(['resolved', 'closed']);
    expect(workflow).toMatchObject({
      initial: 'new',
      default_priority: 'normal',
      priorities: ['low', 'normal', 'high', 'urgent'],
    });
  });

  test('a status is found by its name and by its label, in any case, with blanks around it', () => {
    const cases = fc.array(fc.boolean(), { minLength: 10, maxLength: 10 });
    const blanks = fc.stringMatching(/^[ \t]{0,3}$/);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.boolean(), cases, blanks, (name, byLabel, upper, blank) => {
        const text = byLabel ? (workflow.statuses[name]?.label ?? '') : name;
        const mixed = [...text]
          .map((char, index) => (upper[index] ? char.toUpperCase() : char.toLowerCase()))
          .join('');
        expect(statusNamed(workflow, blank + mixed + blank)).toBe(name);
      }),
    );
  });

  test('nothing else is a status', () => {
    const known = new Set(
      Object.entries(workflow.statuses).flatMap(([name, { label }]) => [name, label.toLowerCase()]),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', 'toString')), (text) => {
        fc.pre(!known.has(text.trim().toLowerCase()));
        expect(statusNamed(workflow, text)).toBeUndefined();
      }),
    );
  });

  test('a status that the file no longer has leads nowhere and is not final', () => {
    for (const name of ['gone', 'constructor', '__proto__']) {
      expect(nextStatuses(workflow, name)).toEqual([]);
      expect(isFinal(workflow, name)).toBe(false);
    }
  });

  test('what is used and not defined is named once', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,10}$/).filter((name) => !names.includes(name));
    fc.assert(
      fc.property(word, fc.subarray(names, { minLength: 1 }), (missing, from) => {
        const statuses = Object.fromEntries(
          Object.entries(workflow.statuses).map(([name, status]) => [
            name,
            from.includes(name) ? { ...status, to: [missing] } : status,
          ]),
        );
        expect(linesOf({ statuses })).toEqual([`ticket-workflow.json: there is no status ${missing}`]);
      }),
    );
    expect(linesOf({ initial: 'gone' })).toEqual(['ticket-workflow.json: there is no status gone']);
    expect(linesOf({ initial: 'closed' })).toEqual([
      'ticket-workflow.json: the initial status must not be final',
    ]);
    expect(linesOf({ default_priority: 'huge' })).toEqual([expect.stringContaining('default_priority huge')]);
  });
});
