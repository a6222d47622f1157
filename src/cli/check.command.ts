import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ConfigError, loadConfig } from '../../config/env.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { readSettings } from '../platform/settings/settings.js';
import { failureLines, isRefusedByDatabase } from '../process/failure-lines.js';
import { checkDataDir } from '../operations/check/check.data-dir.js';
import { checkDatabase } from '../operations/check/check.database.js';
import { type Finding, finding } from '../operations/check/finding.js';
import { withDatabase, withServer } from './installation.js';
import { printJson, printLine, type Shell } from './shell.js';

async function findings(shell: Shell): Promise<Finding[]> {
  let config;
  const noted: string[] = [];
  try {
    config = loadConfig(shell.environment);
    readSettings((line) => noted.push(line));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.lines.map((line) => finding('fail', 'configuration', line));
  }
  const found = [
    finding('ok', 'configuration', 'every variable and every file to tune has good values'),
    ...noted.map((line) => finding('warn', 'configuration', line)),
    ...(await checkDataDir(config)),
  ];
  if (config.databaseUrl === undefined && !existsSync(join(config.dataDir, 'postgres', 'PG_VERSION'))) {
    return [
      ...found,
      finding('warn', 'database', 'there is none yet: npm start makes the embedded one, or set DATABASE_URL'),
    ];
  }
  try {
    const inDatabase = await withServer(shell, (_config, server) =>
      withDatabase(server.appUrl, (database) => checkDatabase(config, database)),
    );
    return [...found, ...inDatabase];
  } catch (error) {
    // A role that may not even see the migrations, say.
    if (!(error instanceof StartupError || isRefusedByDatabase(error))) throw error;
    const lines = failureLines(error).map((line) => line.replace(/^frontdesk: /, ''));
    return [...found, ...lines.map((line) => finding('fail', 'database', line))];
  }
}

async function check(shell: Shell, { json }: { json?: boolean }): Promise<void> {
  const found = await findings(shell);
  if (json) await printJson(shell, found);
  else
    for (const { result, subject, text } of found)
      await printLine(shell, `${result.padEnd(4)}  ${subject.padEnd(14)}  ${text}`);
  if (found.some(({ result }) => result === 'fail')) shell.exitCode = 1;
}

export function addCheck(program: Command, shell: Shell): void {
  program
    .command('check')
    .description(
      'Check configuration, data directory, database and keys; exit code 1 when something fails, changes nothing.',
    )
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => check(shell, options));
}
