import { type Config, ConfigError } from '../../config/env.js';
import { operatorContext } from '../access/context.js';
import type { Database, Queryable } from '../platform/database/database.js';
import { Problem } from '../platform/errors/problem.js';
import { initialPasswordsPath, keepInitialPasswords } from './initial-passwords.js';
import { assertGoodPassword } from './password.policy.js';
import { randomPassword } from './random-password.js';
import type { NewUser } from './user.schemas.js';
import type { UserService } from './user.service.js';

const FIRST_USERS_LOCK = 20251002;

export interface FirstUser {
  username: string;
  password: string;
}

const namesFor = ({ profile }: Config): string[] =>
  profile === 'hardened' ? ['admin'] : ['admin', 'manager', 'support'];

/** @throws ConfigError when BOOTSTRAP_PASSWORD is one that no user may have; before anything is made. */
export function checkBootstrapPassword(config: Config): void {
  const { bootstrapPassword, profile } = config;
  if (bootstrapPassword === undefined) return;
  try {
    for (const username of namesFor(config)) assertGoodPassword(bootstrapPassword, username, profile);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new ConfigError([`BOOTSTRAP_PASSWORD ${error.errors?.[0]?.message ?? error.detail}`]);
  }
}

/**
 * Makes the first users of an empty installation, once however many processes start at the same time.
 * @returns whom it made; empty when there were users already. Generated passwords are kept in
 * DATA_DIR/initial-passwords until each has been changed; one from BOOTSTRAP_PASSWORD is not shown again.
 */
export async function createFirstUsers(
  config: Config,
  database: Database,
  users: UserService,
): Promise<FirstUser[]> {
  if (!(await isEmpty(database))) return [];
  const made = namesFor(config).map((username) => ({
    username,
    password: config.bootstrapPassword ?? randomPassword(),
  }));
  const hashed = await Promise.all(
    made.map((user) => users.hashed(asNewUser(user), config.profile === 'hardened')),
  );
  return database.transaction(async (tx) => {
    await tx.query({ text: 'SELECT pg_advisory_xact_lock($1)', values: [FIRST_USERS_LOCK] });
    if (!(await isEmpty(tx))) return [];
    // Before the users: a crash in between must not leave one whose password nobody knows.
    if (config.bootstrapPassword === undefined) await keepInitialPasswords(config.dataDir, made);
    // All or none: an installation with one of them is not empty, and would never get the others.
    for (const user of hashed) await users.createIn(tx, operatorContext('first start'), user);
    return made;
  });
}

async function isEmpty(db: Queryable): Promise<boolean> {
  const [row] = await db.query<{ empty: boolean }>({
    text: 'SELECT NOT EXISTS (SELECT FROM users) AS empty',
  });
  return row?.empty ?? false;
}

const asNewUser = ({ username, password }: FirstUser): NewUser => ({
  username,
  password,
  first_name: username,
  last_name: username,
  phone: null,
  email: null,
  roles: [username],
  disabled: false,
  login_denied: false,
});

/** What to tell whoever started us: the passwords where a person reads along, else only where they are. */
export function firstUsersMessage(config: Config, made: FirstUser[], underSystemd: boolean): string[] {
  if (made.length === 0) return [];
  const names = made.map(({ username }) => username).join(', ');
  if (config.bootstrapPassword !== undefined) return [`Created the users ${names} with BOOTSTRAP_PASSWORD.`];
  if (underSystemd)
    return [`Created the users ${names}; their passwords are in ${initialPasswordsPath(config.dataDir)}.`];
  return [
    'Created the first users. Their passwords are shown only now:',
    ...made.map(({ username, password }) => `  ${username.padEnd(8)} ${password}`),
    `They are also in ${initialPasswordsPath(config.dataDir)} until each has been changed.`,
  ];
}
