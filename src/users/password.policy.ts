import type { Config } from '../../config/env.js';
import { invalid } from '../platform/errors/problem.js';
import { ruleOf } from '../platform/validation/text.js';

/** The passwords that guessing starts with, as they look once case and everything but letters is gone. */
const WELL_KNOWN =
  /^(?:password|passwort|letmein|qwerty|qwertz|admin|administrator|welcome|frontdesk|iloveyou|changeme|secret)+$/;

const isRepeated = (password: string): boolean => /^(.{1,8}?)\1+$/su.test(password);

const isSequence = (password: string): boolean => {
  const codes = [...password].map((char) => char.codePointAt(0) ?? 0);
  const steps = codes.slice(1).map((code, index) => code - (codes[index] ?? 0));
  return steps.every((step) => step === 1) || steps.every((step) => step === -1);
};

/**
 * Holds a new password to config/fields.json: composition in the standard profile; length and a block list in
 * `hardened` (NIST SP 800-63B, 5.1.1.2).
 * @throws Problem 422 on `password`; the message never quotes it.
 */
export function assertGoodPassword(password: string, username: string, profile: Config['profile']): void {
  const rule = ruleOf(profile === 'hardened' ? 'password_hardened' : 'password');
  const length = [...password].length;
  const fits =
    password.isWellFormed() &&
    !password.includes('\0') &&
    length >= rule.min &&
    length <= rule.max &&
    (rule.pattern === undefined || new RegExp(rule.pattern, 'su').test(password));
  if (!fits) throw invalid('password', `must be ${rule.message}`);
  if (profile !== 'hardened') return;
  const letters = password.toLowerCase().replace(/[^\p{L}]/gu, '');
  const guessable =
    WELL_KNOWN.test(letters) ||
    isRepeated(password) ||
    isSequence(password) ||
    password.toLowerCase().includes(username.toLowerCase());
  if (guessable)
    throw invalid('password', 'is easy to guess: take a phrase of your own that does not hold your username');
}
