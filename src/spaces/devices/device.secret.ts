import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** `fdd_<device>_<secret>`: 256 random bits after the id of the device, by which the row to compare with is found. */
const TOKEN = /^fdd_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

const BITS = 256;

export const newDeviceToken = (deviceId: string): string =>
  `fdd_${deviceId}_${randomBytes(BITS / 8).toString('base64url')}`;

/** What is stored of a token. As its secret is random, one round of SHA-256 keeps it. */
export const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** The device that a token claims to be of; undefined when it is no token of a device. */
export const deviceIn = (token: string): string | undefined => TOKEN.exec(token)?.[1];

/** Compares in constant time. */
export const isTokenOf = (token: string, hashes: readonly Buffer[]): boolean => {
  const hash = hashOf(token);
  return hashes.filter((stored) => timingSafeEqual(stored, hash)).length > 0;
};
