import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Config } from '../../config/env.js';
import { operatorContext } from '../access/context.js';
import { operator } from '../access/principal.js';
import {
  countChanged,
  type Importer,
  type Outcome,
  readRow,
  refusalOf,
  SeenKeys,
} from '../platform/bulk/bulk.import.js';
import type { SourceRow } from '../platform/bulk/row.source.js';
import { CONFIG } from '../platform/settings/config.js';
import { Database } from '../platform/database/database.js';
import { Settings } from '../platform/settings/settings.js';
import { assertGoodPassword } from './password.policy.js';
import { randomPassword } from './random-password.js';
import { UserLookup } from './user.lookup.js';
import { assertMayGive } from './user.policy.js';
import { type NewUser, newUserSchema } from './user.schemas.js';
import { UserService } from './user.service.js';

interface UserImportOptions {
  command: string;
  /** Takes the passwords made for users who bring none; without it a password is required. */
  onPassword?: (username: string, password: string) => void;
}

const TRUE = ['true', '1', 'yes'];
const FALSE = ['false', '0', 'no'];

/** CSV knows no lists: role names stand apart by blanks, commas, semicolons or bars. */
const splitRoles = (value: unknown): unknown =>
  typeof value === 'string' ? value.split(/[\s,;|]+/).filter((name) => name !== '') : value;

const toFlag = (value: unknown): unknown => {
  const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (typeof word !== 'string') return word;
  if (TRUE.includes(word)) return true;
  return FALSE.includes(word) ? false : value;
};

const { roles, disabled, login_denied } = newUserSchema.shape;

const rowSchema = newUserSchema.extend({
  roles: z.preprocess(splitRoles, roles),
  disabled: z.preprocess(toFlag, disabled),
  login_denied: z.preprocess(toFlag, login_denied),
});

/** Users from a file, by the rules of the API. */
@Injectable()
export class UserImport {
  constructor(
    private readonly users: UserService,
    private readonly lookup: UserLookup,
    private readonly settings: Settings,
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @returns an importer for one file. Each user is a transaction: hashing a password takes longer than that. */
  start(options: UserImportOptions): Importer {
    const seen = new SeenKeys();
    return {
      fields: Object.keys(newUserSchema.shape),
      importBatch: async (rows, dryRun) => {
        const outcomes: Outcome[] = [];
        for (const row of rows) outcomes.push(await this.importOne(row, options, seen, dryRun));
        return outcomes;
      },
    };
  }

  private async importOne(
    row: SourceRow,
    options: UserImportOptions,
    seen: SeenKeys,
    dryRun: boolean,
  ): Promise<Outcome> {
    const { line, values } = row;
    const brings = values.password !== undefined || options.onPassword === undefined;
    const password = brings ? values.password : randomPassword();
    const read = readRow(rowSchema, { line, values: { ...values, password } });
    if ('error' in read) return { line, error: read.error };
    try {
      const error = await this.refusal(read.data, line, seen);
      if (error !== undefined) return { line, error };
      if (!dryRun) await this.users.create(operatorContext(options.command), read.data, !brings);
    } catch (error) {
      const refused = refusalOf(error);
      if (refused === undefined) throw error;
      return { line, error: refused };
    }
    if (!brings && !dryRun) options.onPassword?.(read.data.username, read.data.password);
    return {
      line,
      changed_texts: countChanged(values, ['username', 'first_name', 'last_name', 'phone', 'email']),
    };
  }

  /** What the service would refuse as well, found without writing; the database has the last word. */
  private async refusal(user: NewUser, line: number, seen: SeenKeys): Promise<string | undefined> {
    assertMayGive(operator, user.roles, this.settings.current.permissions);
    assertGoodPassword(user.password, user.username, this.config.profile);
    const [taken] = await this.lookup.takenKeys(this.database, [user]);
    const keys: [string, string | null | undefined, boolean | undefined][] = [
      ['username', taken?.username_key, taken?.username_taken],
      ['email', taken?.email_key, taken?.email_taken],
      ['phone', user.phone, taken?.phone_taken],
    ];
    for (const [field, key, isTaken] of keys) {
      if (isTaken) return `${field}: another user has it`;
      const holder = typeof key === 'string' ? seen.holder(field, key, line) : undefined;
      if (holder !== undefined) return `${field}: line ${holder} has it already`;
    }
    for (const [field, key] of keys) if (typeof key === 'string') seen.claim(field, key, line);
    return undefined;
  }
}
