import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './command.mjs';

// Limits of memory, tasks and CPU, and the two trees that systemd keeps its units in.
const WANTED = new Set(['', 'name=systemd', 'memory', 'pids', 'cpu', 'cpu,cpuacct']);

/** Where a hierarchy is mounted, for each of those this process lives in (cgroups(7), /proc/[pid]/cgroup). */
function hierarchies() {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .map((fields) => ({ root: fields[3], at: fields[4], rest: fields.slice(fields.indexOf('-') + 1) }))
    .filter(({ rest }) => rest[0] === 'cgroup' || rest[0] === 'cgroup2');
  const find = (controllers) =>
    controllers === ''
      ? mounts.find(({ rest }) => rest[0] === 'cgroup2')
      : mounts.find(
          ({ rest }) =>
            rest[0] === 'cgroup' && controllers.split(',').every((one) => rest[2].split(',').includes(one)),
        );
  return readFileSync('/proc/self/cgroup', 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([, controllers]) => WANTED.has(controllers))
    .map(([, controllers, path]) => ({ mount: find(controllers), path }))
    .filter(({ mount }) => mount !== undefined)
    .map(({ mount, path }) =>
      join(mount.at, path.startsWith(mount.root) ? path.slice(mount.root.length) : path),
    );
}

/** A cgroup of its own in every hierarchy: guests that shared one would take each other for a unit of theirs. @returns the folders. */
export function createCgroups(name) {
  const folders = hierarchies().map((folder) => join(folder, `frontdesk-${name}`));
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  return folders;
}

/** Removes them with all that the guest made below. A cgroup goes when its last process has ended, a moment after the kill. */
export async function removeCgroups(folders) {
  const below = (folder) =>
    existsSync(folder)
      ? [...readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())]
          .flatMap(({ name }) => below(join(folder, name)))
          .concat(folder)
      : [];
  const remove = (folder) => {
    for (const one of below(folder)) rmdirSync(one);
    return true;
  };
  for (const folder of folders) {
    await until(() => remove(folder), { timeout: 5_000, what: `the end of ${folder}` }).catch((error) =>
      console.log(error.message),
    );
  }
}
