import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../../config/env.js';
import type { Maintenance } from './maintenance.schemas.js';

/** While it is there, nginx says "maintenance" where it would say "unavailable" when no instance answers. */
export const flagPath = ({ dataDir }: Pick<Config, 'dataDir'>): string => join(dataDir, 'maintenance.flag');

/** Makes the flag be there while something is closed, and not otherwise. */
export async function followFlag(config: Config, { state, mode }: Maintenance): Promise<void> {
  const path = flagPath(config);
  if (state !== 'active' || mode === 'notice') return rm(path, { force: true });
  await writeFile(path, `${mode}\n`);
  // nginx looks for it as another user, whatever the umask of this one.
  await chmod(path, 0o644);
}
