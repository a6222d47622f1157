import type { Command } from 'commander';
import type { Config } from '../../config/env.js';
import { type KeyState, listKeys, rotateKeys } from '../auth/keys/key.rotation.js';
import type { Database } from '../platform/database/database.js';
import { assertMigrated } from '../process/serve.js';
import { withDatabase, withServer } from './installation.js';
import { printJson, printLine, type Shell } from './shell.js';

interface Options {
  json?: boolean;
  now?: boolean;
}

/** Also while no instance can start: nothing but the database is needed. */
const withKeys = (
  shell: Shell,
  work: (config: Config, database: Database) => Promise<KeyState[]>,
): Promise<KeyState[]> =>
  withServer(shell, (config, server) =>
    withDatabase(server.appUrl, async (database) => {
      await assertMigrated(database);
      return work(config, database);
    }),
  );

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

function asAge(seconds: number): string {
  const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? ['s', 1];
  return `${Math.floor(seconds / length)} ${unit} old`;
}

const asMinute = (time: string): string => time.replace(/:\d\d(\.\d+)?Z$/, 'Z');

function fateOf({ active_from, accepted_until }: KeyState): string {
  if (active_from !== null) return `becomes active ${asMinute(active_from)}`;
  return accepted_until === null ? '' : `accepted until ${asMinute(accepted_until)}`;
}

async function print(shell: Shell, keys: KeyState[], json: boolean | undefined): Promise<void> {
  for (const key of keys) {
    const { kid, algorithm, state, age_seconds } = key;
    if (json) await printJson(shell, key);
    else
      await printLine(shell, [kid, algorithm, state, asAge(age_seconds), fateOf(key)].join('\t').trimEnd());
  }
}

async function rotate(shell: Shell, { now = false, json }: Options): Promise<void> {
  const keys = await withKeys(shell, (config, database) => rotateKeys(config, database, now));
  await print(shell, keys, json);
  if (json) return;
  await printLine(
    shell,
    now
      ? 'Instances sign with the new keys within seconds, and take tokens of the retired ones until these have run out. Programs that verify tokens themselves may refuse new ones until they read the key set again (300 s and more).'
      : 'The next keys are published. At the time above a worker makes them active; tokens of the present ones stay good until they run out.',
  );
}

export function addKeys(program: Command, shell: Shell): void {
  const group = program.command('keys').description('List and rotate the keys that sign tokens.');
  group
    .command('list')
    .description('List the keys: kid, algorithm, state, age, what becomes of it, separated by tabs.')
    .option('--json', 'print a JSON object a line')
    .action(async ({ json }: Options) => print(shell, await withKeys(shell, listKeys), json));
  group
    .command('rotate')
    .description(
      'Publish a next key of each algorithm, which becomes active a quarter of an hour later. While there is one already, none is made.',
    )
    .option('--now', 'make the next keys active at once')
    .option('--json', 'print a JSON object a line')
    .action((options: Options) => rotate(shell, options));
}
