import { type Command, Option } from 'commander';
import type { Config } from '../../config/env.js';
import { followFlag } from '../platform/maintenance/maintenance.flag.js';
import { type Maintenance, type Mode, MODES, NONE } from '../platform/maintenance/maintenance.schemas.js';
import { MaintenanceService } from '../operations/maintenance/maintenance.service.js';
import { assertMigrated } from '../process/serve.js';
import { withDatabase, withServer } from './installation.js';
import { startTime } from './maintenance.start-time.js';
import { confirmed, printJson, printLine, type Shell, UsageError } from './shell.js';

const LONGEST_MESSAGE = 500;

interface OnOptions {
  date?: string;
  mode: Mode;
  message?: string;
  now?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** Also while no instance runs: it asks the database, and needs no key. */
const withMaintenance = <T>(
  shell: Shell,
  work: (service: MaintenanceService, config: Config) => Promise<T>,
): Promise<T> =>
  withServer(shell, (config, server) =>
    withDatabase(server.appUrl, async (database) => {
      await assertMigrated(database);
      return work(new MaintenanceService(database), config);
    }),
  );

const EFFECTS: Record<Mode, string> = {
  notice: 'Nothing is closed; it is only announced.',
  read_only: 'From then on every change is refused with 503, but for admins.',
  full: 'From then on every request is refused with 503, but for admins and sign-in.',
};

/** In the operator's own time zone, with the zone said. */
const asClock = (at: Date): string =>
  at.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' }) +
  ` (${at.toISOString().replace(/\.\d+Z$/, 'Z')})`;

function sentence({ state, mode, starts_at, message }: Maintenance): string {
  if (state === 'none' || starts_at === null) return 'No maintenance is on or announced.';
  const words = message === null ? '' : `\nMessage: ${message}`;
  const verb = state === 'active' ? 'has been on since' : 'is announced for';
  return `Maintenance (${mode}) ${verb} ${asClock(new Date(starts_at))}.${words}`;
}

function checkMessage(message: string): string {
  const text = message.normalize('NFC').trim();
  if (text === '' || [...text].length > LONGEST_MESSAGE || /\p{Cc}/u.test(text))
    throw new UsageError(`--message must be one line of 1 to ${LONGEST_MESSAGE} characters`);
  return text;
}

/** What was announced holds without it: the instances see to their own, and may be on another machine. */
async function raiseFlag(shell: Shell, config: Config, plan: Maintenance): Promise<void> {
  try {
    await followFlag(config, plan);
  } catch (error) {
    shell.stderr.write(`The flag for nginx could not be written: ${(error as Error).message}\n`);
  }
}

async function on(shell: Shell, time: string | undefined, options: OnOptions): Promise<void> {
  const { date, now, mode } = options;
  const message = options.message === undefined ? null : checkMessage(options.message);
  const start = startTime({ time, date, now }, new Date());
  const when = start === undefined ? 'now' : asClock(start);
  const question = `Maintenance (${mode}) starts ${when}. ${EFFECTS[mode]} Announce it?`;
  if (!options.yes && !(await confirmed(shell, question))) {
    shell.exitCode = 1;
    return printLine(shell, 'Nothing was changed.');
  }
  const announced = await withMaintenance(shell, async (service, config) => {
    const plan = await service.announce({ mode, message, starts_at: start?.toISOString() });
    await raiseFlag(shell, config, plan);
    return plan;
  });
  if (options.json) return printJson(shell, announced);
  await printLine(shell, `${sentence(announced)}\n${EFFECTS[mode]} End it with: frontdesk maintenance off`);
}

async function off(shell: Shell, { json }: { json?: boolean }): Promise<void> {
  const ended = await withMaintenance(shell, async (service, config) => {
    const was = await service.end();
    await raiseFlag(shell, config, NONE);
    return was;
  });
  if (json) return printJson(shell, { ended: ended.state === 'none' ? null : ended });
  const was = ended.state === 'scheduled' ? 'is called off' : 'has ended';
  await printLine(shell, ended.state === 'none' ? sentence(NONE) : `The maintenance ${was}.`);
}

async function status(shell: Shell, { json }: { json?: boolean }): Promise<void> {
  const current = await withMaintenance(shell, (service) => service.current());
  return json ? printJson(shell, current) : printLine(shell, sentence(current));
}

export function addMaintenance(program: Command, shell: Shell): void {
  const group = program.command('maintenance').description('Announce, start and end a maintenance.');
  group
    .command('on')
    .description(
      'Announce a maintenance, by default for the five-minute mark 21 to 25 minutes ahead, in place of an earlier one. Asks first on a terminal.',
    )
    .argument('[HH:MM]', 'when it starts: the next such time, in the time zone of this machine')
    .option('--date <YYYY-MM-DD>', 'the day of that time')
    .addOption(
      new Option('--mode <mode>', 'what it closes: nothing, every change, or every request')
        .choices(MODES)
        .default('full'),
    )
    .option('--message <text>', 'what users are told: one line')
    .option('--now', 'starts at once')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action((time: string | undefined, options: OnOptions) => on(shell, time, options));
  group
    .command('off')
    .description('End the maintenance, or call off the one that is announced; twice is fine.')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => off(shell, options));
  group
    .command('status')
    .description('Tell whether a maintenance is on or announced.')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => status(shell, options));
}
