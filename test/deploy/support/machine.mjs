import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './base.mjs';
import { createCgroups, removeCgroups } from './cgroup.mjs';
import { run, until } from './command.mjs';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const machines = new Set();
let count = 0;

async function mount(layers, upper, work, root) {
  for (const folder of [upper, work, root]) mkdirSync(folder, { recursive: true });
  const options = `lowerdir=${layers.join(':')},upperdir=${upper},workdir=${work}`;
  await run(['mount', '-t', 'overlay', 'overlay', '-o', options, root]);
}

/** Lets `change` work in a root over the layers; what it changes stays in `upper`. */
export async function mountOver(upper, layers, change) {
  const folder = join(CACHE, `mount-${process.pid}`);
  const root = join(folder, 'root');
  await mount(layers, upper, join(folder, 'work'), root);
  try {
    await change(root);
  } finally {
    await run(['umount', root]);
    rmSync(folder, { recursive: true, force: true });
  }
}

const childrenOf = (pid) =>
  existsSync(`/proc/${pid}`)
    ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
    : [];

/** A Debian of its own that boots with systemd: an overlay over cached layers, gone when it is destroyed. */
export class Machine {
  /** @param layers folders of the system, topmost first. @param suite whose Debian it is. */
  constructor(suite, layers) {
    this.suite = suite;
    this.layers = layers;
    this.name = `${process.pid}-${++count}`;
    this.folder = join(CACHE, `machine-${this.name}`);
    this.root = join(this.folder, 'root');
    this.upper = join(this.folder, 'upper');
  }

  async create() {
    machines.add(this);
    await mount(this.layers, this.upper, join(this.folder, 'work'), this.root);
    this.cgroups = createCgroups(this.name);
  }

  /** Boots and waits until systemd has started everything. @returns milliseconds until then. */
  async boot({ bind = [], allowDegraded = false } = {}) {
    const started = performance.now();
    this.bind = bind;
    const console_ = openSync(join(this.folder, 'console'), 'a');
    // The shell moves itself into the guest's cgroups, then becomes nspawn.
    const enter = 'for c in $CGROUPS; do echo $$ > $c/cgroup.procs; done; exec systemd-nspawn "$@"';
    const nspawn = [
      '-D',
      this.root,
      '-M',
      `fd${this.name}`,
      '-b',
      '--register=no',
      '--keep-unit',
      '--private-network',
    ];
    const shared = bind.map(([from, to]) => `--bind-ro=${from}:${to}`);
    // trixie's systemd knows only the unified hierarchy.
    const unified = this.suite === 'bookworm' ? {} : { SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' };
    this.child = spawn('sh', ['-c', enter, 'sh', ...nspawn, ...shared, '--console=pipe'], {
      detached: true,
      env: { PATH, CGROUPS: this.cgroups.join(' '), ...unified },
      stdio: ['ignore', console_, console_],
    });
    closeSync(console_);
    const child = this.child;
    this.ended = new Promise((resolve) => child.once('exit', resolve));
    this.leader = await until(() => this.findLeader(), { timeout: 60_000, what: 'the boot of the guest' });
    // Asked again and again: while D-Bus is not there, --wait gives up at once.
    const state = await until(
      async () => {
        const { stdout } = await this.run(['systemctl', 'is-system-running'], { check: false });
        return ['running', 'degraded'].includes(stdout.trim()) && stdout.trim();
      },
      { timeout: 90_000, every: 200, what: 'the end of the boot' },
    );
    if (state !== 'running' && !allowDegraded) {
      const failed = await this.run(['systemctl', '--failed', '--no-legend', '--plain'], { check: false });
      throw new Error(`the guest is ${state}: ${failed.stdout.trim()}\n${this.console()}`);
    }
    return performance.now() - started;
  }

  /** The guest's first process: the child of nspawn (which the shell became). */
  async findLeader() {
    if (this.child.exitCode !== null)
      throw new Error(`nspawn ended with ${this.child.exitCode}: ${this.console()}`);
    const [leader] = childrenOf(this.child.pid);
    return leader !== undefined && readFileSync(`/proc/${leader}/comm`, 'utf8').trim() === 'systemd'
      ? leader
      : undefined;
  }

  console() {
    const file = join(this.folder, 'console');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-15).join('\n') : '';
  }

  /** Runs a command inside, as root. */
  run(command, options = {}) {
    const { env = {}, ...rest } = options;
    const given = Object.entries({ PATH, LC_ALL: 'C.UTF-8', HOME: '/root', ...env }).map(
      ([name, value]) => `${name}=${value}`,
    );
    const enter = [
      'nsenter',
      '-t',
      this.leader,
      '-m',
      '-u',
      '-i',
      '-n',
      '-p',
      '-C',
      '--root',
      '--wdns=/',
      '--',
    ];
    return run([...enter, 'env', '-i', ...given, ...command], rest);
  }

  /** Runs a shell script inside. @returns what it printed. */
  async sh(script, options = {}) {
    return (await this.run(['sh', '-ec', script], options)).stdout.trim();
  }

  /** Lets limits of memory and tasks bite: nspawn mounts the older hierarchies read-only. */
  async allowLimits() {
    await this.sh(
      'for one in memory pids cpu; do mount -o remount,rw,bind /sys/fs/cgroup/$one; done; systemctl daemon-reexec',
    );
  }

  /** The command line that runs a program of this machine in the guest's network. */
  inNetwork(command) {
    return ['nsenter', '-t', this.leader, '-n', '--', ...command];
  }

  /** Reboots by its own means. @returns milliseconds until everything runs again. */
  async reboot() {
    const started = performance.now();
    await this.run(['systemctl', 'reboot'], { check: false, timeout: 10_000 });
    await this.waitForEnd(60_000);
    await this.boot({ bind: this.bind });
    return performance.now() - started;
  }

  async waitForEnd(timeout) {
    const late = new Promise((resolve) => setTimeout(resolve, timeout, 'late').unref());
    if ((await Promise.race([this.ended, late])) !== 'late') return;
    this.kill();
    throw new Error(`the guest did not stop in ${timeout / 1000} s: ${this.console()}`);
  }

  async stop() {
    if (!this.isRunning || this.isKilled) return;
    if (this.leader === undefined) return this.kill();
    process.kill(Number(this.leader), 38); // SIGRTMIN+4: power off, systemd(1).
    await this.waitForEnd(30_000).catch((error) => console.log(error.message));
  }

  get isRunning() {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The end without manners; its cgroup tree dies with the guest's first process. */
  kill() {
    if (!this.isRunning) return;
    this.isKilled = true;
    // While it boots its first process is not known yet.
    const leaders = this.leader === undefined ? childrenOf(this.child.pid) : [this.leader];
    for (const pid of [...leaders, this.child.pid]) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It was gone already.
      }
    }
  }

  async destroy({ keepChanges = false } = {}) {
    await this.stop();
    await this.ended;
    await run(['umount', this.root], { check: false });
    await removeCgroups(this.cgroups ?? []);
    if (!keepChanges) rmSync(this.folder, { recursive: true, force: true });
    machines.delete(this);
  }
}

/** Leaves nothing behind when the run is interrupted. */
export async function destroyAll() {
  for (const machine of machines) {
    machine.kill();
    await machine.destroy();
  }
}
