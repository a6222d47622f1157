import { z } from 'zod';
import { readConfigFile } from './files.js';

const count = z.int().min(1).max(1_000_000);
const failuresInMinutes = z.strictObject({ failures: count, minutes: count });

const limitsSchema = z.strictObject({
  sign_in: z.strictObject({
    /** At one account from one address. Absent in a file of 0.1.0, see `current`. */
    account_from_address: failuresInMinutes.optional(),
    /** At one account from all addresses together that nobody signed in from as it for 30 days. */
    account: failuresInMinutes,
    address: failuresInMinutes,
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

type Written = z.infer<typeof limitsSchema>;

export type Limits = Written & { sign_in: Required<Written['sign_in']> };

/** The window in which 0.1.0 counted an account, and what counts it now. */
const FORMER_MINUTES = 15;
const ACCOUNT = { failures: 100, minutes: 60 };

/**
 * In 0.1.0 `account` was what `account_from_address` is: as the limit of the account alone it would let anybody keep
 * somebody out.
 */
function current(written: Written, tell: (line: string) => void): Limits {
  const { account_from_address, account } = written.sign_in;
  if (account_from_address !== undefined && account.minutes !== FORMER_MINUTES)
    return { ...written, sign_in: { ...written.sign_in, account_from_address } };
  tell(
    `limits.json: sign_in.account (${account.failures} in ${account.minutes} minutes) is from 0.1.0 and is taken as ` +
      `account_from_address; account is ${ACCOUNT.failures} in ${ACCOUNT.minutes}. Write both as this release ships them.`,
  );
  return { ...written, sign_in: { ...written.sign_in, account_from_address: account, account: ACCOUNT } };
}

/**
 * @param tell is given a line when the file was understood as what an earlier version meant by it.
 * @throws ConfigError naming the file and the bad place.
 */
export const readLimits = (tell: (line: string) => void = () => undefined): Limits =>
  current(readConfigFile('limits.json', limitsSchema), tell);
