import { randomBytes } from 'node:crypto';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../../config/env.js';
import { type Finding, finding } from './finding.js';

const MIB = 1_048_576;
const TOO_LITTLE_MIB = 100;
const LITTLE_MIB = 1_024;

/** Whether DATA_DIR can be written, and how much room it has. */
export async function checkDataDir({ dataDir }: Config): Promise<Finding[]> {
  const probe = join(dataDir, `.check-${randomBytes(4).toString('hex')}`);
  try {
    await writeFile(probe, 'written to see whether it can be', { flag: 'wx', mode: 0o600 });
    await rm(probe);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      return [finding('warn', 'data directory', `${dataDir} is not there yet: npm start makes it`)];
    return [
      finding(
        'fail',
        'data directory',
        `${dataDir} cannot be written (${code}): give it to this user, or set DATA_DIR`,
      ),
    ];
  }
  const { bavail, bsize } = await statfs(dataDir);
  const free = Math.floor((bavail * bsize) / MIB);
  const result = free < TOO_LITTLE_MIB ? 'fail' : free < LITTLE_MIB ? 'warn' : 'ok';
  return [
    finding('ok', 'data directory', `${dataDir} can be written`),
    finding(
      result,
      'disk',
      `${free} MiB are free${result === 'ok' ? '' : ': make room before the database stops'}`,
    ),
  ];
}
