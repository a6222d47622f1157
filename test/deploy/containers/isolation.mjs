import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from '../support/base.mjs';
import { removeCgroups } from '../support/cgroup.mjs';
import { run } from '../support/command.mjs';

const TOOLS = {
  ...{ podman: 'podman', 'podman-compose': 'podman-compose', runc: 'runc', iptables: 'iptables' },
  ...{ debootstrap: 'debootstrap', ip: 'iproute2', unshare: 'util-linux' },
};
const NETAVARK = '/usr/lib/podman/netavark';
const CGROUPS = '/sys/fs/cgroup';
const PARENT = 'libpod_parent';

/** Why containers cannot be run on this machine, one line each; empty when they can. */
export async function missingRequirements() {
  if (process.platform !== 'linux') return ['containers run on Linux only'];
  if (process.getuid() !== 0) return ['root is needed: the test gives its containers a network of their own'];
  const reasons = [];
  for (const [tool, debianPackage] of Object.entries(TOOLS)) {
    const { code } = await run(['sh', '-c', `command -v ${tool}`], { check: false });
    if (code !== 0) reasons.push(`${tool} is missing: apt-get install ${debianPackage}`);
  }
  if (!existsSync(NETAVARK)) reasons.push('netavark is missing: apt-get install netavark');
  return reasons;
}

const ownParents = () =>
  [CGROUPS, ...readdirSync(CGROUPS).map((name) => join(CGROUPS, name))]
    .map((folder) => join(folder, PARENT))
    .filter((folder) => existsSync(folder));

/**
 * Runs a program where podman finds nothing of this machine's and leaves nothing behind: mounts, processes and network are its
 * own, and end with it. @returns its exit code.
 */
export async function runIsolated(command) {
  const folder = join(CACHE, `containers-${process.pid}`);
  for (const name of ['storage', 'networks', 'work']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(
    join(folder, 'containers.conf'),
    [
      // crun refuses the mixed hierarchies of cgroups that some machines have.
      ...['[engine]', 'runtime = "runc"', 'cgroup_manager = "cgroupfs"', 'events_logger = "file"'],
      ...['[network]', 'network_backend = "netavark"', `network_config_dir = "${folder}/networks"`],
      // Podman's own are above what a machine may allow that is a container or a guest itself.
      ...['[containers]', 'default_ulimits = ["nofile=1000:1000", "nproc=1000:1000"]', ''],
    ].join('\n'),
  );
  // The shell is the first process of its world, and reaps what podman leaves to it.
  const enter = `mount --make-rshared / && mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm
    mkdir -p /var/lib/containers /run/lock && mount --bind ${folder}/storage /var/lib/containers
    ip link set lo up
    # The clients of the load have addresses of the loopback, of which podman forwards 127.0.0.1 alone.
    iptables -t nat -A POSTROUTING -s 127.0.1.0/24 ! -o lo -j MASQUERADE
    "$@" & wait $!`;
  const own = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const child = spawn('unshare', [...own, 'sh', '-ec', enter, 'sh', ...command], {
    env: {
      ...process.env,
      CONTAINERS_CONF: `${folder}/containers.conf`,
      CONTAINERS_WORK: join(folder, 'work'),
      // Podman leaves the times of health checks to systemd, which is not in here.
      DISABLE_HC_SYSTEMD: 'true',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill('SIGKILL'));
  const [code] = await new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
  await removeCgroups(ownParents());
  rmSync(folder, { recursive: true, force: true });
  return code ?? 1;
}
