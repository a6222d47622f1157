import { shownOf } from '../counting/counted.space.js';
import { SECOND, type Micros } from '../counting/instant.js';
import type { RollUp } from './minute.fold.js';
import type { Span } from './time.steps.js';

/** A roll-up and how long it is. */
export interface Piece extends RollUp {
  width: Micros;
}

/** What is known of one step. */
export interface StepTotal {
  from: Micros;
  to: Micros;
  entered: number;
  departed: number;
  /** Signed, of all moments of it that are known; not finite where none is. */
  min: number;
  max: number;
  last: number;
  person_seconds: number;
  /** How much of it is known: it counted already, and is no future. */
  seconds: number;
  /** Whether anything happened. */
  eventful: boolean;
  /** The same while the space was open. */
  open_person_seconds: number;
  open_seconds: number;
}

const emptyStep = (from: Micros, to: Micros): StepTotal => ({
  from,
  to,
  entered: 0,
  departed: 0,
  min: Infinity,
  max: -Infinity,
  last: 0,
  person_seconds: 0,
  seconds: 0,
  eventful: false,
  open_person_seconds: 0,
  open_seconds: 0,
});

interface Frame {
  /** Where steps begin, and where the last one ends. */
  edges: readonly Micros[];
  /** The part of the time that is known. */
  known: Span;
  /** When the space is open, in order. */
  open?: readonly Span[];
  /** The count before the first piece. */
  last: number;
}

/**
 * Sums roll-ups of any widths, in the order of their time, into steps; between two of them the count stays as it was.
 * A piece must not reach over an edge of a step or of the opening hours: where an hour would, its minutes are taken.
 */
export class SeriesBuilder {
  readonly steps: StepTotal[];
  private cursor: Micros;
  private readonly end: Micros;
  private readonly open: readonly Span[];
  private last: number;
  private step = 0;
  private span = 0;

  constructor({ edges, known: [begin, end], open = [], last }: Frame) {
    this.steps = edges.slice(1).map((to, index) => emptyStep(edges[index] as Micros, to));
    this.cursor = Math.max(begin, edges[0] as Micros);
    this.end = Math.min(end, edges.at(-1) as Micros);
    this.open = open;
    this.last = last;
  }

  take(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      this.stayUntil(piece.at);
      if (piece.at >= this.cursor && piece.at < this.end) this.add(piece);
      this.last = piece.last;
    }
  }

  /** @returns all steps, as if nothing happened after the last piece. */
  finish(): StepTotal[] {
    this.stayUntil(this.end);
    return this.steps;
  }

  /** Lets time pass, step by step, in which the count stays as it is. */
  private stayUntil(moment: Micros): void {
    const until = Math.min(moment, this.end);
    while (this.cursor < until) {
      const step = this.stepAt(this.cursor);
      const to = Math.min(until, step.to);
      const seconds = (to - this.cursor) / SECOND;
      const open = this.openSeconds(this.cursor, to);
      this.sum(step, this.last, this.last, seconds * shownOf(this.last), seconds);
      step.open_seconds += open;
      step.open_person_seconds += open * shownOf(this.last);
      this.cursor = to;
    }
  }

  private add({ at, width, entered, departed, min, max, last, person_seconds }: Piece): void {
    const step = this.stepAt(at);
    const seconds = width / SECOND;
    step.entered += entered;
    step.departed += departed;
    step.eventful = true;
    this.sum(step, min, max, person_seconds, seconds);
    step.last = last;
    if (this.openSeconds(at, at + width) > 0) {
      step.open_seconds += seconds;
      step.open_person_seconds += person_seconds;
    }
    this.cursor = at + width;
  }

  private sum(step: StepTotal, min: number, max: number, personSeconds: number, seconds: number): void {
    step.min = Math.min(step.min, min);
    step.max = Math.max(step.max, max);
    step.last = this.last;
    step.person_seconds += personSeconds;
    step.seconds += seconds;
  }

  private stepAt(moment: Micros): StepTotal {
    while ((this.steps[this.step] as StepTotal).to <= moment) this.step += 1;
    return this.steps[this.step] as StepTotal;
  }

  /** How many seconds of a stretch of time it is open. Stretches come in order. */
  private openSeconds(from: Micros, to: Micros): number {
    let seconds = 0;
    for (let index = this.span; index < this.open.length; index += 1) {
      const [opens, closes] = this.open[index] as Span;
      if (opens >= to) break;
      if (closes <= from) this.span = index + 1;
      seconds += Math.max(0, Math.min(to, closes) - Math.max(from, opens)) / SECOND;
    }
    return seconds;
  }
}
