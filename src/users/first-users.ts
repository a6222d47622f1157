import { type Config, ConfigError } from '../../config/env.js';
import { operatorContext } from '../platform/access/operator.js';
import { type Database } from '../platform/database/database.js';
import { Problem } from '../platform/errors/problem.js';
import { initialPasswordsPath, keepInitialPasswords } from './initial-passwords.js';
import { assertGoodPassword } from './password.policy.js';
import { randomPassword } from './random-password.js';
import { type UserService } from './user.service.js';

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
  return database.transaction(async (tx) => {
    await tx.query({ text: 'SELECT pg_advisory_xact_lock($1)', values: [FIRST_USERS_LOCK] });
    const [row] = await tx.query<{ empty: boolean }>({
      text: 'SELECT NOT EXISTS (SELECT FROM users) AS empty',
    });
    if (!row?.empty) return [];
    const hardened = config.profile === 'hardened';
    const made = namesFor(config).map((username) => ({
      username,
      password: config.bootstrapPassword ?? randomPassword(),
    }));
    // Before the users: a crash in between must not leave one whose password nobody knows.
    if (config.bootstrapPassword === undefined) await keepInitialPasswords(config.dataDir, made);
    for (const { username, password } of made) {
      await users.create(
        operatorContext('first start'),
        {
          username,
          password,
          first_name: username,
          last_name: username,
          phone: null,
          email: null,
          roles: [username],
          disabled: false,
          login_denied: false,
        },
        hardened,
      );
    }
    return made;
  });
}

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
