import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../support/command.mjs';

const MINUTES = 60_000;
/** Where no image can be pulled: the variables by which setup.sh and compose.yaml name theirs. */
export const IMAGES = {
  BASE: 'localhost/stand-in/debian:latest',
  NGINX_IMAGE: 'localhost/stand-in/nginx:latest',
  POSTGRES_IMAGE: 'localhost/stand-in/postgres:latest',
};

const SYSTEM = 'localhost/stand-in/system:latest';
const UNNEEDED = [
  'proc',
  'sys',
  'dev',
  'run',
  'usr/share/doc',
  'usr/share/locale',
  'usr/share/man',
  'var/lib/apt',
];

/** Builds an image over the whole system. */
async function build(folder, image, label, lines, files = []) {
  const context = join(folder, image.replace(/\W/g, '-'));
  mkdirSync(context, { recursive: true });
  writeFileSync(
    join(context, 'Dockerfile'),
    [`FROM ${SYSTEM}`, `LABEL generation=${label}`, ...lines, ''].join('\n'),
  );
  for (const file of files) copyFileSync(fileURLToPath(new URL(file, import.meta.url)), join(context, file));
  await run(['podman', 'build', '--quiet', '--tag', image, context], { timeout: 3 * MINUTES });
}

/** @param tree a Debian with nginx, openssl and PostgreSQL. @param label tells a later generation from an earlier one. */
export async function makeStandIns(tree, folder, label = 'first') {
  const without = UNNEEDED.map((path) => `--exclude=./${path}`).join(' ');
  const pack = `tar -C ${tree} ${without} -cf - . | podman import --quiet - ${SYSTEM}`;
  const { code } = await run(['podman', 'image', 'exists', SYSTEM], { check: false });
  if (code !== 0) await run(['sh', '-c', pack], { timeout: 5 * MINUTES });
  const [version] = readdirSync(join(tree, 'usr/lib/postgresql'));
  // Debian's own image has neither; the client of PostgreSQL stays, for there is nothing to install it from.
  await build(folder, IMAGES.BASE, label, ['RUN rm /usr/sbin/nginx /usr/lib/postgresql/*/bin/postgres']);
  await build(folder, IMAGES.NGINX_IMAGE, label, ['STOPSIGNAL SIGQUIT']);
  await build(
    folder,
    IMAGES.POSTGRES_IMAGE,
    label,
    [
      `ENV PGDATA=/var/lib/postgresql/data PATH=/usr/lib/postgresql/${version}/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      'RUN install -d -o postgres -g postgres -m 3775 /var/run/postgresql && install -d -o postgres -m 700 $PGDATA',
      'COPY postgres.sh /usr/local/bin/docker-entrypoint.sh',
      'ENTRYPOINT ["/usr/local/bin/docker-entrypoint.sh"]',
      'STOPSIGNAL SIGINT',
    ],
    ['postgres.sh'],
  );
}
