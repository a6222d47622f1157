import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { argon2id, hash, needsRehash, verify } from 'argon2';
import { SecretHasher } from '../access/idempotency/secret.hasher.js';
import { Settings } from '../platform/settings/settings.js';
import { HashingSlots } from './hashing.slots.js';

/** Memory in KiB. OWASP Password Storage Cheat Sheet, argon2id. */
const COST = { type: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Writes that wait for a hash; beyond this the request is refused. */
const WAITING_WRITES = 256;

const ENCODED = /^\$argon2id\$v=19\$([a-z0-9=,]{11,40})\$[A-Za-z0-9+/]{11,88}\$[A-Za-z0-9+/]{21,88}$/;
const HIGHEST: Record<string, number> = { m: 131_072, t: 10, p: 16 };

/** Whether a stored hash is one of ours or of a legacy installation, and not one whose cost would stop the process. */
export function isReadable(stored: string): boolean {
  const parameters = ENCODED.exec(stored)?.[1]?.split(',') ?? [];
  const names = parameters.map((parameter) => parameter.split('=')[0]);
  return (
    [...names].sort().join() === 'm,p,t' &&
    parameters.every((parameter) => {
      const [name = '', value = ''] = parameter.split('=');
      return /^[1-9]\d{0,6}$/.test(value) && Number(value) <= (HIGHEST[name] ?? 0);
    })
  );
}

const unpadded = (bytes: number): string => randomBytes(bytes).toString('base64').replace(/=+$/, '');

/** Composed and decomposed spellings of a password are one; blanks at its ends belong to it. */
const canonical = (password: string): string => password.normalize('NFC');

/** argon2id, a few at a time. */
@Injectable()
export class PasswordHasher extends SecretHasher {
  private readonly slots: HashingSlots;
  /** The hash of no password: verifying against it takes as long as against a real one. */
  private readonly nobodys = `$argon2id$v=19$m=19456,t=2,p=1$${unpadded(16)}$${unpadded(32)}`;

  constructor(settings: Settings) {
    super();
    this.slots = new HashingSlots({
      get running() {
        return settings.current.limits.sign_in.verifications;
      },
      get verify() {
        return settings.current.limits.sign_in.waiting;
      },
      hash: WAITING_WRITES,
    });
  }

  /** @throws Problem 503 when very many writes wait for a hash. */
  override hash(password: string): Promise<string> {
    return this.slots.run('hash', () => hash(canonical(password), COST));
  }

  /**
   * Takes its time for any stored text: one that is no hash of ours is as wrong as another password.
   * @throws Problem 503 when the line of verifications is full.
   */
  override async verify(stored: string, password: string): Promise<boolean> {
    const readable = isReadable(stored);
    const matches = await this.slots.run('verify', () =>
      verify(readable ? stored : this.nobodys, canonical(password)),
    );
    return readable && matches;
  }

  /** Spends the time of a verification where there is nothing to verify against. */
  async verifyDummy(password: string): Promise<false> {
    await this.verify(this.nobodys, password);
    return false;
  }

  /** Whether a hash that was verified was made with other parameters than today's. */
  needsRehash(stored: string): boolean {
    return needsRehash(stored, COST);
  }
}
