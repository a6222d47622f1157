import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, isCached, MIRROR } from './base.mjs';
import { createCgroups, removeCgroups } from './cgroup.mjs';
import { run } from './command.mjs';

const TOOLS = {
  debootstrap: 'debootstrap',
  'systemd-nspawn': 'systemd-container',
  nsenter: 'util-linux',
  tar: 'tar',
};

async function overlayReason() {
  const folder = mkdtempSync(join(CACHE, 'try-'));
  for (const name of ['lower', 'upper', 'work', 'root']) mkdirSync(join(folder, name));
  const options = ['lower', 'upper', 'work'].map((name) => `${name}dir=${join(folder, name)}`).join(',');
  const { code, stderr } = await run(
    ['mount', '-t', 'overlay', 'overlay', '-o', options, join(folder, 'root')],
    {
      check: false,
    },
  );
  if (code === 0) await run(['umount', join(folder, 'root')]);
  rmSync(folder, { recursive: true, force: true });
  return code === 0
    ? undefined
    : `overlayfs cannot be mounted in ${CACHE} (${stderr.trim()}): set XDG_CACHE_HOME`;
}

async function cgroupReason() {
  try {
    const folders = createCgroups(`try-${process.pid}`);
    await removeCgroups(folders);
    return folders.length > 0 ? undefined : 'no cgroup hierarchy is mounted, and systemd needs one';
  } catch (error) {
    return `no cgroup can be made (${error.code}): a guest's systemd needs one of its own`;
  }
}

async function mirrorReason(suites) {
  if (suites.every(isCached)) return undefined;
  try {
    const { ok, status } = await fetch(`${MIRROR}/dists/${suites[0]}/Release`, {
      method: 'HEAD',
      signal: AbortSignal.timeout(20_000),
    });
    return ok ? undefined : `${MIRROR} answers ${status}: set DEBIAN_MIRROR`;
  } catch (error) {
    return `${MIRROR} cannot be reached (${error.cause?.code ?? error.message}): set DEBIAN_MIRROR`;
  }
}

/** Why a guest cannot be booted on this machine, one line each; empty when it can. @param suites that are to be booted. */
export async function missingRequirements(suites) {
  if (process.platform !== 'linux') return ['a guest boots on Linux only'];
  if (process.getuid() !== 0) return ['root is needed to boot a guest (try sudo npm run test:deploy)'];
  const reasons = [];
  for (const [tool, debianPackage] of Object.entries(TOOLS)) {
    const { code } = await run(['sh', '-c', `command -v ${tool}`], { check: false });
    if (code !== 0) reasons.push(`${tool} is missing: apt-get install ${debianPackage}`);
  }
  mkdirSync(CACHE, { recursive: true });
  const unable = [await overlayReason(), await cgroupReason(), await mirrorReason(suites)].filter(Boolean);
  return [...reasons, ...unable];
}
