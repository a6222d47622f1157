import type { Command } from 'commander';
import { checkBootstrapPassword, createFirstUsers, firstUsersMessage } from '../users/first-users.js';
import { randomPassword } from '../users/random-password.js';
import { UserOperations } from '../users/user.operations.js';
import { UserService } from '../users/user.service.js';
import { withInstallation } from './installation.js';
import { printJson, printLine, readPassword, type Shell } from './shell.js';

interface PasswordOptions {
  username: string;
  passwordStdin?: boolean;
  json?: boolean;
}

interface CreateOptions extends PasswordOptions {
  role: string[];
  firstName?: string;
  lastName?: string;
  email?: string;
  phone?: string;
}

const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

/** A generated password is shown this once. */
async function choosePassword(
  shell: Shell,
  { passwordStdin }: PasswordOptions,
): Promise<{ password: string; shown: { password?: string } }> {
  if (passwordStdin) return { password: await readPassword(shell), shown: {} };
  const password = randomPassword();
  return { password, shown: { password } };
}

async function create(shell: Shell, options: CreateOptions): Promise<void> {
  const {
    username,
    firstName = username,
    lastName = username,
    email = null,
    phone = null,
    role: roles,
  } = options;
  const { password, shown } = await choosePassword(shell, options);
  const input = { username, first_name: firstName, last_name: lastName, email, phone, roles, password };
  const user = await withInstallation(shell, ({ app }) =>
    app.get(UserOperations).create('user create', input),
  );
  if (options.json) return printJson(shell, { ...user, ...shown });
  await printLine(
    shell,
    `Created the user ${user.username} (${user.roles.join(', ')}) with the id ${user.id}.`,
  );
  if (shown.password) await printLine(shell, `Password, shown only now: ${shown.password}`);
}

async function setPassword(shell: Shell, options: PasswordOptions): Promise<void> {
  const { username } = options;
  const { password, shown } = await choosePassword(shell, options);
  await withInstallation(shell, ({ app }) =>
    app.get(UserOperations).setPassword('user set-password', username, password),
  );
  if (options.json) return printJson(shell, { username, ...shown });
  await printLine(shell, `The password of ${username} is set; all sessions of ${username} are ended.`);
  if (shown.password) await printLine(shell, `Password, shown only now: ${shown.password}`);
}

async function unlock(shell: Shell, { username, json }: { username: string; json?: boolean }): Promise<void> {
  await withInstallation(shell, ({ app }) => app.get(UserOperations).unlock('user unlock', username));
  if (json) return printJson(shell, { username });
  await printLine(shell, `Failed sign-ins of ${username} are forgotten: the right password is taken again.`);
}

const stateOf = ({ disabled, login_denied }: { disabled: boolean; login_denied: boolean }): string =>
  login_denied ? 'sign-in denied' : disabled ? 'disabled' : 'active';

async function list(shell: Shell, { json }: { json?: boolean }): Promise<void> {
  await withInstallation(shell, async ({ app }) => {
    for await (const user of app.get(UserOperations).all()) {
      if (json) await printJson(shell, user);
      else
        await printLine(
          shell,
          [user.id, user.username, user.roles.join(','), stateOf(user), user.email ?? ''].join('\t'),
        );
    }
  });
}

async function first(shell: Shell, { json }: { json?: boolean }): Promise<void> {
  const { config, made } = await withInstallation(shell, async ({ config, database, app }) => {
    checkBootstrapPassword(config);
    return { config, made: await createFirstUsers(config, database, app.get(UserService)) };
  });
  if (json) return printJson(shell, { made: made.map(({ username }) => username) });
  if (made.length === 0) return printLine(shell, 'There are users already.');
  for (const line of firstUsersMessage(config, made, config.underSystemd)) await printLine(shell, line);
}

export function addUser(program: Command, shell: Shell): void {
  const group = program.command('user').description('Make and list users.');
  group
    .command('create')
    .description('Create a user; without --password-stdin with a random password that is printed once.')
    .requiredOption('--username <name>', 'the name to sign in with')
    .requiredOption('--role <role>', 'a role of config/permissions.json; may be repeated', collect)
    .option('--first-name <name>', 'default: the username')
    .option('--last-name <name>', 'default: the username')
    .option('--email <address>')
    .option('--phone <number>')
    .option('--password-stdin', 'read the password from the standard input')
    .option('--json', 'print JSON')
    .action((options: CreateOptions) => create(shell, options));
  group
    .command('set-password')
    .description('Set the password of a user and end all their sessions.')
    .requiredOption('--username <name>')
    .option(
      '--password-stdin',
      'read the password from the standard input; else a random one is printed once',
    )
    .option('--json', 'print JSON')
    .action((options: PasswordOptions) => setPassword(shell, options));
  group
    .command('unlock')
    .description('Let a user sign in again at once after too many wrong passwords.')
    .requiredOption('--username <name>')
    .option('--json', 'print JSON')
    .action((options: { username: string; json?: boolean }) => unlock(shell, options));
  group
    .command('first')
    .description('Make the first users of an empty installation, as npm start does; changes nothing later.')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) => first(shell, options));
  group
    .command('list')
    .description('List all users: id, username, roles, state, e-mail, separated by tabs.')
    .option('--json', 'print a JSON object a line')
    .action((options: { json?: boolean }) => list(shell, options));
}
