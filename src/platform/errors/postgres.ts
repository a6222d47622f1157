import { isNativeError } from 'node:util/types';
import { conflict, invalid, type Problem, type ProblemCode, unavailable } from './problem.js';

/** The members of a driver error that decide what it means. */
interface DriverError extends Error {
  code?: string;
  constraint?: string;
  /** What TypeORM has wrapped. */
  driverError?: Error;
}

const constraints = new Map<string, (cause: unknown) => Problem>();

/** A feature says here what the violation of its named constraint means to a client. */
export function meaningOf(constraint: string, problem: (cause: unknown) => Problem): void {
  constraints.set(constraint, problem);
}

/** Declares a unique constraint whose violation is a 409 with its own code. */
export function taken(constraint: string, code: ProblemCode, detail: string): void {
  meaningOf(constraint, () => conflict(code, detail));
}

const ofDatabase = new WeakSet<object>();

/** Says that an error was met on a connection to the database: a client's or a file's may carry the same code. */
export const markAsDatabase = (error: Error): void => void ofDatabase.add(error);

/** How an operation on a socket fails. */
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

// node-postgres reports these without a code.
const LOST_CONNECTION =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|not queryable|Cannot use a pool after calling end/;

/** Of a statement that ran into `statement_timeout`, or that an operator has ended by pg_cancel_backend. */
const QUERY_CANCELED = '57014';

/** The database is there, and served others meanwhile: to come again with the same question would cost the same. */
const tookTooLong = (cause: unknown): Problem =>
  unavailable(
    'The query took too long and was stopped. Ask for less, by a smaller limit, a narrower filter or without count=true; a change that waited for another may be sent again.',
    5,
    cause,
  );

/**
 * What a database error means to the client, or undefined when it is a fault of ours.
 * Codes: PostgreSQL, appendix A.
 */
export function problemFromDatabase(error: unknown): Problem | undefined {
  if (!isNativeError(error)) return undefined;
  const { code = '', constraint, message, driverError = error } = error as DriverError;
  const meaning = constraint === undefined ? undefined : constraints.get(constraint);
  if (meaning) return meaning(error);
  if (code === '22003') return invalid('(request)', 'a number is out of range', error);
  if (code === '22007' || code === '22008')
    return invalid('(request)', 'a time or date is out of range', error);
  if (code === '22021' || code === '22P05')
    return invalid('(request)', 'text holds a character that cannot be stored', error);
  if (code === '40001' || code === '40P01' || code === '55P03') {
    return unavailable('Another change was in the way. Send the request again.', 1, error);
  }
  // A full disk, say: whoever looks after it is told by the log.
  if (code.startsWith('53') || code === '58030')
    return unavailable(
      'The database lacks the means to do this now. Send the request again later.',
      30,
      error,
    );
  if (code === QUERY_CANCELED) return tookTooLong(error);
  const away =
    code.startsWith('57') ||
    code.startsWith('08') ||
    code === '3D000' ||
    (NETWORK.has(code) && ofDatabase.has(driverError)) ||
    LOST_CONNECTION.test(message);
  return away
    ? unavailable('The database does not answer. Send the request again in a moment.', 2, error)
    : undefined;
}
