export const DOMAIN = 'desk.example.test';

/** As an operator does it: unpack, install. @returns what the installer said. */
export async function install(machine, archive, options = '', before = ':') {
  const folder = archive
    .split('/')
    .at(-1)
    .replace(/\.tar(\.gz)?$/, '');
  await machine.sh(`${before}; tar --no-same-permissions -C /root -xf ${archive}`, { timeout: 60_000 });
  return machine.sh(`/root/${folder}/deploy/install.sh --domain ${DOMAIN} ${options}`, { timeout: 180_000 });
}
