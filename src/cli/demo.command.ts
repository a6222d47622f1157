import { type Command, InvalidArgumentError } from 'commander';
import { operatorContext } from '../access/context.js';
import { EmployeeLookup } from '../employees/employee.lookup.js';
import { EmployeeWrites } from '../employees/employee.writes.js';
import { SpaceSeedData } from '../spaces/seed-data/space.seed-data.js';
import { Clock } from '../platform/clock.js';
import { migrate } from '../platform/migrations/migrate.js';
import { StartupError } from '../platform/errors/startup-error.js';
import { type Person, TicketSeedData } from '../tickets/ticket.seed-data.js';
import { createFirstUsers, firstUsersMessage } from '../users/first-users.js';
import { randomPassword } from '../users/random-password.js';
import { UserLookup } from '../users/user.lookup.js';
import { UserOperations } from '../users/user.operations.js';
import { UserService } from '../users/user.service.js';
import { makeEmployees } from '../operations/demo/people.js';
import { SeededRandom } from '../operations/demo/random.js';
import { makeTickets } from '../operations/demo/tickets.js';
import { makeTraffic } from '../operations/demo/traffic.js';
import { ROOMS, STAFF } from '../operations/demo/words.js';
import { type Installation, withApplication, withServer } from './installation.js';
import { printJson, printLine, type Shell } from './shell.js';

const COMMAND = 'demo';
const EMPLOYEES = 200;
const TICKETS = 2_000;
/** The house and its rooms. */
const SPACES = 1 + ROOMS.length;
const BATCH = 500;
const DAY = 86_400_000;

interface Options {
  seed: number;
  json?: boolean;
}

function parseSeed(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(value);
}

/** The staff of the demo; those whom an interrupted demo has made already keep their password. */
async function makeStaff(
  { app, database }: Installation,
  password: string,
): Promise<{ staff: Person[]; made: string[] }> {
  const names = STAFF.map(({ username }) => username);
  const known = await app.get(UserLookup).idsByUsername(database, names);
  const made: string[] = [];
  const staff: Person[] = [];
  for (const user of STAFF) {
    let id = known.get(user.username);
    if (id === undefined) {
      const email = `${user.username}@example.org`;
      ({ id } = await app.get(UserOperations).create(COMMAND, { ...user, email, password }));
      made.push(user.username);
    }
    staff.push({ id, username: user.username });
  }
  return { staff, made };
}

async function fill(installation: Installation, seed: number, staff: Person[]): Promise<void> {
  const { app, database } = installation;
  const random = new SeededRandom(seed);
  // Whole days, so that one day's demos of one seed are equal.
  const now = app.get(Clock).now();
  const today = Math.floor(now / DAY) * DAY;
  await database.transaction(async (tx) => {
    const people = makeEmployees(random, EMPLOYEES);
    const employees = await app.get(EmployeeWrites).create(tx, operatorContext(COMMAND), people);
    const employeeIds = employees.map(({ id }) => id);
    const tickets = makeTickets({ random, staff, employeeIds, now: today }, TICKETS);
    for (let from = 0; from < tickets.length; from += BATCH) {
      await app.get(TicketSeedData).add(tx, COMMAND, tickets.slice(from, from + BATCH));
    }
    await app.get(SpaceSeedData).add(tx, COMMAND, makeTraffic(random, today, now));
  });
}

async function demo(shell: Shell, { seed, json }: Options): Promise<void> {
  await withServer(shell, async (config, server) => {
    // On a fresh machine this may come before the first start, and does what that does.
    await migrate(server);
    await withApplication(config, server, async (installation) => {
      const { app, database } = installation;
      const first = await createFirstUsers(config, database, app.get(UserService));
      if (!(await app.get(EmployeeLookup).isEmpty(database))) {
        throw new StartupError(
          'The installation has employees already: the demo fills an empty one only. Set DATA_DIR to a new folder.',
        );
      }
      const password = randomPassword();
      const { staff, made } = await makeStaff(installation, password);
      await fill(installation, seed, staff);
      if (json) {
        return printJson(shell, {
          first_users: first,
          users: made,
          password,
          employees: EMPLOYEES,
          tickets: TICKETS,
          spaces: SPACES,
        });
      }
      const lines = [
        ...firstUsersMessage(config, first, false),
        `Made ${made.length} users, ${EMPLOYEES} employees, ${TICKETS} tickets with their history and ${SPACES} spaces with their traffic.`,
        ...(made.length === 0
          ? []
          : [`Sign in as ${made.join(', ')}`, `with the password ${password} (shown only now).`]),
        `Start with npm start, then open ${config.publicUrl}/docs and press Authorize.`,
      ];
      for (const line of lines) await printLine(shell, line);
    });
  });
}

export function addDemo(program: Command, shell: Shell): void {
  program
    .command('demo')
    .description(
      'Fill an empty installation with a believable desk: staff, 200 employees, 2,000 tickets with their history, 5 spaces with a day of traffic.',
    )
    .option('--seed <number>', 'another seed makes another desk', parseSeed, 1)
    .option('--json', 'print JSON')
    .action((options: Options) => demo(shell, options));
}
