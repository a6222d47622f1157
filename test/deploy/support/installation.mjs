import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';

export const DOMAIN = 'desk.example.test';

/** Puts a file of this machine into the guest's /root. @returns its path there. */
export function carryIn(machine, file) {
  const inside = `/root/${basename(file)}`;
  cpSync(file, join(machine.root, inside));
  return inside;
}

/** As an operator does it: unpack, install. @returns what the installer said. */
export async function install(machine, archive, options = '') {
  const inside = carryIn(machine, archive);
  await machine.sh(`tar -C /root -xzf ${inside}; rm ${inside}`, { timeout: 60_000 });
  const unpacked = inside.replace('.tar.gz', '');
  return machine.sh(`${unpacked}/deploy/install.sh --domain ${DOMAIN} ${options}`, { timeout: 180_000 });
}
