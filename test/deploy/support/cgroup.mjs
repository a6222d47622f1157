import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

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

/** Removes them with all that the guest made below; a cgroup goes only when it is empty of processes. */
export function removeCgroups(folders) {
  const remove = (folder) => {
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) remove(join(folder, entry.name));
    try {
      rmdirSync(folder);
    } catch (error) {
      console.log(`left behind: ${folder} (${error.code})`);
    }
  };
  folders.forEach(remove);
}
