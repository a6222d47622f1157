import { z } from 'zod';
import { readConfigFile } from './files.js';

const count = z.int().min(1).max(1_000_000);

const limitsSchema = z.strictObject({
  sign_in: z.strictObject({
    account: z.strictObject({ failures: count, minutes: count }),
    address: z.strictObject({ failures: count, minutes: count }),
    all: z.strictObject({ failures: count, seconds: count }),
    /** Password verifications at a time; each takes a thread and 19 MiB for some 15 ms. */
    verifications: z.int().min(1).max(64),
    waiting: z.int().min(0).max(1_000),
  }),
  /** Spaces that an address may make without a token while PUBLIC_SPACES is on. */
  public_spaces: z.strictObject({ creations: count, minutes: count }),
  idempotency_hours: z
    .int()
    .min(1)
    .max(24 * 30),
  /** Live streams open at a time: of one user and of one display token on all instances, and of all on one instance. */
  streams: z.strictObject({ user: count, display_token: count, instance: count }),
});

export type Limits = z.infer<typeof limitsSchema>;

/** @throws ConfigError naming the file and the bad place. */
export const readLimits = (): Limits => readConfigFile('limits.json', limitsSchema);
