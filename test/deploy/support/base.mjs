import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';

/** Outside the repository, so that a clean checkout finds it again. */
export const CACHE = join(process.env.XDG_CACHE_HOME || '/var/cache', 'frontdesk-test-deploy');
export const MIRROR = process.env.DEBIAN_MIRROR || 'http://deb.debian.org/debian';

// What an operator's machine has before Frontdesk comes, and what the tests look with.
const PACKAGES =
  'systemd,systemd-sysv,dbus,nginx,curl,openssl,postgresql,ca-certificates,jq,procps,iproute2,libfaketime';
// Only the long list uses these.
const EXTRA = ['certbot', 'pebble', 'postfix', 'sslscan', 'testssl.sh', 'swaks', 'prometheus'];

const hash = (text) => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** Makes a folder as a whole or not at all: an interrupted attempt is never taken for a finished one. */
export async function once(folder, make) {
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  await make(unfinished);
  renameSync(unfinished, folder);
  return folder;
}

const baseFolder = (suite) => join(CACHE, `${suite}-${hash(PACKAGES)}`);

/** Whether a Debian is there already, and nothing has to be fetched for it. */
export const isCached = (suite) => existsSync(baseFolder(suite));

/** A minimal Debian with systemd, nginx and PostgreSQL. @returns its folder. */
export const base = (suite) =>
  once(baseFolder(suite), async (folder) => {
    console.log(`debootstrap ${suite} (once; kept in ${CACHE})`);
    await run(['debootstrap', '--variant=minbase', `--include=${PACKAGES}`, suite, folder, MIRROR], {
      timeout: 400_000,
    });
    await run(['chroot', folder, 'apt-get', 'clean'], { timeout: 60_000 });
  });

/** The packages of the long list, as a layer over the base. @returns the layers, topmost first. */
export async function extra(suite, mountOver) {
  const below = await base(suite);
  const layer = await once(join(CACHE, `${suite}-${hash(PACKAGES + EXTRA)}-extra`), async (folder) => {
    console.log(`installing ${EXTRA.join(', ')} (once)`);
    await mountOver(folder, [below], async (root) => {
      // A package's service must not start in a chroot.
      const policy = join(root, 'usr/sbin/policy-rc.d');
      writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
      const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
      await run(['cp', '/etc/resolv.conf', join(root, 'etc/resolv.conf')]);
      await run(['chroot', root, 'apt-get', 'update', '-qq'], { env, timeout: 120_000 });
      await run(['chroot', root, 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...EXTRA], {
        env,
        timeout: 400_000,
      });
      await run(['chroot', root, 'apt-get', 'clean'], { env });
      rmSync(policy);
    });
  });
  return [layer, below];
}
