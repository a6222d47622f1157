import { randomBytes, randomInt } from 'node:crypto';

/** Random, and of a shape that every password policy of ours accepts: 22 random base64url characters and one of each kind. */
export function randomPassword(): string {
  const pick = (from: string): string => from.charAt(randomInt(from.length));
  return `${randomBytes(16)
    .toString('base64url')
    .replace(/[-_]/g, () =>
      pick('abcdefghjkmnpqrstuvwxyz'),
    )}-${pick('ABCDEFGHJKLMNPQRSTUVWXYZ')}${pick('abcdefghjkmnpqrstuvwxyz')}${pick('23456789')}`;
}
