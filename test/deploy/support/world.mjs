import { rmSync } from 'node:fs';
import { base, extra } from './base.mjs';
import { Desk } from './desk.mjs';
import { install } from './installation.mjs';
import { Machine, mountOver } from './machine.mjs';
import { makeRelease, sharedReleases } from './releases.mjs';

/** What an installation changed on its machine, by suite: later scenarios begin with it. */
const installed = new Map();

/** Ends a machine and keeps what was installed on it for later scenarios. */
export async function keepInstalled(machine) {
  await machine.destroy({ keepChanges: true });
  installed.set(machine.suite, machine);
}

export function forgetInstalled() {
  for (const { folder } of installed.values()) rmSync(folder, { recursive: true, force: true });
}

async function bootOver(suite, layers) {
  const machine = new Machine(suite, layers);
  try {
    await machine.create();
    await machine.boot({ bind: sharedReleases() });
  } catch (error) {
    await machine.destroy();
    throw error;
  }
  return machine;
}

async function installedLayer(suite, system) {
  if (!installed.has(suite)) {
    console.log('  (installing, for this and the following)');
    const machine = await bootOver(suite, system);
    await install(machine, await makeRelease());
    await keepInstalled(machine);
  }
  return installed.get(suite).upper;
}

/**
 * A booted machine for each scenario, and its end afterwards.
 * @returns for `runScenarios`: begins with a plain Debian, or with one on which Frontdesk is installed.
 */
export const startWorld = (suite, { core }) =>
  async function start({ from = 'installed' }, body) {
    const system = core ? [await base(suite)] : await extra(suite, mountOver);
    const layers = from === 'installed' ? [await installedLayer(suite, system), ...system] : system;
    const machine = await bootOver(suite, layers);
    try {
      await body({ machine, desk: new Desk(machine), system, lastWords: () => lastWords(machine) });
    } catch (error) {
      if (!error.told) console.log(await lastWords(machine));
      throw error;
    } finally {
      await machine.destroy({ keepChanges: installed.get(suite) === machine });
    }
  };

async function lastWords(machine) {
  if (!machine.isRunning) return machine.console();
  const journal = ['journalctl', '-n', '40', '--no-pager', '-o', 'short-monotonic', '-p', 'notice'];
  const { stdout } = await machine
    .run(journal, { check: false })
    .catch((error) => ({ stdout: error.message }));
  return stdout;
}
