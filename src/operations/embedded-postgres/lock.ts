import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartupError } from '../../platform/errors/startup-error.js';
import { findProcess } from './processes.js';

export interface OwnerLock {
  release(): void;
}

const ATTEMPTS = 20;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function create(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o644 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The id of the living process that wrote this content, if any. */
function livingOwner(content: string): number | undefined {
  const [id = '', ...started] = content.trim().split(' ');
  const pid = Number(id);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const found = findProcess(pid);
  if (!found) return undefined;
  return found.started === '' || found.started === started.join(' ') ? pid : undefined;
}

/** Removes a dead owner's file, unless another starter was quicker and the file is already its own. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = read(aside);
  rmSync(aside, { force: true });
  if (moved !== undefined && moved !== stale) create(path, moved);
}

function refuse(dataDir: string, pid: number): never {
  throw new StartupError(
    `${dataDir} is in use by another Frontdesk, process ${pid}: stop that one, or set DATA_DIR to another folder`,
  );
}

/** The id of the living process that owns a data directory, if any. */
export function findOwner(dataDir: string): number | undefined {
  const content = read(join(dataDir, 'frontdesk.pid'));
  return content === undefined ? undefined : livingOwner(content);
}

/** Makes this process the owner of a data directory. Throws a StartupError while another one lives. */
export async function takeOwnership(dataDir: string): Promise<OwnerLock> {
  const path = join(dataDir, 'frontdesk.pid');
  const mine = `${process.pid} ${findProcess(process.pid)?.started ?? ''}\n`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (create(path, mine) && read(path) === mine) {
      return {
        release: () => {
          if (read(path) === mine) rmSync(path, { force: true });
        },
      };
    }
    const content = read(path);
    if (content === undefined) continue;
    const owner = livingOwner(content);
    if (owner !== undefined) refuse(dataDir, owner);
    // An empty file may be one that is being written: only at the last attempts is it a crash's leaving.
    if (content === '' && attempt < ATTEMPTS / 2) await new Promise((resolve) => setTimeout(resolve, 50));
    else removeStale(path, content);
  }
  throw new StartupError(`${path} keeps changing: is another Frontdesk starting on ${dataDir}? Try again`);
}
