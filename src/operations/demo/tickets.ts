import type { Person, SeedTicket } from '../../tickets/ticket.seed-data.js';
import type { SeededRandom } from './random.js';
import { REQUESTS, WORDS } from './words.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTHS_DAYS = 150;

interface Cast {
  random: SeededRandom;
  staff: Person[];
  employeeIds: number[];
  /** Milliseconds; nothing of a story lies behind it. */
  now: number;
}

const isWeekend = (time: number): boolean => [0, 6].includes(new Date(time).getUTCDay());

/** A moment in office hours, more often of late than long ago. */
function openingTime({ random, now }: Cast): number {
  for (;;) {
    const day = now - Math.ceil(random.next() ** 1.3 * MONTHS_DAYS) * DAY;
    const time = day + 8 * HOUR + Math.floor(random.next() * 9 * HOUR);
    if (!isWeekend(time)) return time;
  }
}

/** Nobody works at night: what would happen then happens on the next morning. */
function inOfficeHours(time: number): number {
  const hour = new Date(time).getUTCHours();
  if (hour >= 8 && hour < 18 && !isWeekend(time)) return time;
  const midnight = time - (time % DAY);
  let morning = (hour < 8 ? midnight : midnight + DAY) + 8 * HOUR + (time % (2 * HOUR));
  while (isWeekend(morning)) morning += DAY;
  return morning;
}

/** The words of one ticket: its title and its text speak of the same thing. */
const chooseWords = (random: SeededRandom): Record<string, string> =>
  Object.fromEntries(Object.entries(WORDS).map(([name, words]) => [name, random.pick<string>(words)]));

function fill(chosen: Record<string, string>, template: string): string {
  const text = template.replace(/\{(\w+)\}/g, (_, name: string) => chosen[name] ?? name);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What is pressing has a day by which it is to be done. */
const dueOf = (opened: number, priority: string): string | null => {
  const days = { high: 5, urgent: 2 }[priority];
  return days === undefined ? null : new Date(opened - (opened % DAY) + (days + 1) * DAY).toISOString();
};

type Step = SeedTicket['steps'][number];

/** What usually happens: somebody takes it, asks back, solves it; the requester confirms, or it comes back. */
function stepsOf({ random, staff }: Cast, opened: number): (Step & { time: number })[] {
  const steps: (Step & { time: number })[] = [];
  let time = opened;
  const add = (minutes: [number, number], by: Person, change: Step['change']): void => {
    time = inOfficeHours(time + Math.floor((random.between(...minutes) + random.next()) * MINUTE));
    steps.push({ time, at: new Date(time).toISOString(), by, change });
  };
  const assignee = random.pick(staff);
  if (random.chance(0.03)) {
    add([30, 600], assignee, { status: 'closed' });
    return steps;
  }
  add([2, 480], random.chance(0.6) ? assignee : random.pick(staff), {
    status: 'open',
    assignee_id: assignee.id,
  });
  if (random.chance(0.12)) add([10, 300], assignee, { priority: random.pick(['high', 'urgent']) });
  if (random.chance(0.3)) {
    add([20, 900], assignee, { status: 'pending' });
    add([60, 4_000], assignee, { status: 'open' });
  }
  let worker = assignee;
  if (random.chance(0.15)) {
    worker = random.pick(staff.filter(({ id }) => id !== assignee.id));
    add([30, 2_000], assignee, { assignee_id: worker.id });
  }
  add([15, 6_000], worker, { status: 'resolved' });
  if (random.chance(0.06)) {
    add([60, 3_000], random.pick(staff), { status: 'open' });
    add([30, 4_000], worker, { status: 'resolved' });
  }
  if (random.chance(0.75)) add([1_000, 12_000], worker, { status: 'closed' });
  return steps;
}

function makeTicket(cast: Cast, opened: number): SeedTicket {
  const { random, staff, employeeIds, now } = cast;
  const { title, texts, urgency } = random.pick(REQUESTS);
  const words = chooseWords(random);
  const priority = random.chance(urgency)
    ? random.pick(['high', 'urgent'])
    : random.pick(['low', 'normal', 'normal', 'normal']);
  return {
    opened: {
      at: new Date(opened).toISOString(),
      by: random.pick(staff),
      title: fill(words, title),
      description: fill(words, random.pick(texts)),
      priority,
      employee_id: random.pick(employeeIds),
      due_at: dueOf(opened, priority),
    },
    steps: stepsOf(cast, opened)
      .filter(({ time }) => time < now)
      .map(({ time: _, ...step }) => step),
  };
}

/** Tickets of the last months, the oldest first, each with what became of it until now. */
export function makeTickets(cast: Cast, count: number): SeedTicket[] {
  const openings = Array.from({ length: count }, () => openingTime(cast)).sort((a, b) => a - b);
  return openings.map((opened) => makeTicket(cast, opened));
}
