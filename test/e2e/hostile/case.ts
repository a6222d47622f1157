import type { Answer } from '../../support/desk.js';

/** Sends one request. */
export type Attack<W> = (world: W) => Promise<Answer>;

/** What an answer must be; a member that is not named is not asked for. */
export interface Expected {
  status: number | readonly number[];
  /** Of a problem. */
  code?: string;
  /** Of an OAuth error. */
  error?: string;
  /** Of the legacy ticket server. */
  detail?: string;
  /** The header WWW-Authenticate, to the letter. */
  challenge?: string | RegExp;
}

interface Row {
  /** Its number in the list of hostile cases. */
  no: number;
  what: string;
}

/** Requests that are all answered alike, and of which nothing stays behind. */
export interface Refusal<W> extends Row {
  requests: readonly Attack<W>[];
  expected: Expected;
  /** Looks further, when the answers are not all there is to it. */
  afterwards?: (world: W) => Promise<void>;
}

/** What one answer cannot show. It asserts what it expects, and says it in words. */
export interface Scenario<W> extends Row {
  scenario: (world: W) => Promise<void>;
  expected: string;
  /** Begins before the first row and is awaited in its place: for what takes its time. */
  early?: boolean;
}

/** Answered by what stands in front of the application, so tested where that is installed. */
export interface Deployed extends Row {
  deploy: string;
  expected: string;
}

export type Case<W> = Refusal<W> | Scenario<W> | Deployed;
