import type { Problem, ProblemCode, Reason } from '../../../platform/errors/problem.js';

/** A refusal as the ticket server gave it. */
export interface Wording {
  status: number;
  detail: string;
}

const word = (status: number, detail: string): Wording => ({ status, detail });

/** What is known more exactly than by its code. */
const BY_REASON: Partial<Record<Reason, Wording>> = {
  no_token: word(401, 'Not authenticated'),
  expired_token: word(400, 'Token has expired'),
  unknown_user: word(400, 'Incorrect User name or password'),
  user: word(404, 'User not found'),
  employee: word(404, 'Employee not found'),
  ticket: word(404, 'Ticket not found'),
  role: word(404, 'Unknown role'),
};

const BY_CODE: Partial<Record<ProblemCode, Wording>> = {
  invalid_token: word(401, 'Could not validate credentials'),
  forbidden: word(401, 'Not enough permissions'),
  insufficient_scope: word(401, 'Not enough permissions'),
  account_disabled: word(400, 'User disabled'),
  username_taken: word(422, 'Username already registered'),
  email_taken: word(422, 'Email already registered'),
  phone_taken: word(422, 'Phone already registered'),
};

/** @returns undefined for what the ticket server never refused, or refused with a list. */
export const legacyWording = ({ code, reason }: Problem): Wording | undefined =>
  (reason && BY_REASON[reason]) ?? BY_CODE[code];
