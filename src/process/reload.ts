import type { INestApplicationContext } from '@nestjs/common';
import { ConfigError } from '../../config/env.js';
import { fields, readFields } from '../../config/fields.js';
import { replaceContent } from '../../config/files.js';
import { type Limits, readLimits } from '../../config/limits.js';
import { PermissionTable } from '../access/permissions.js';
import { log } from '../platform/log/log.js';
import { LIMITS } from '../platform/settings/limits.js';
import { Reloads } from '../platform/settings/reloads.js';
import { readWorkflow, workflow } from '../tickets/ticket.workflow.js';

/**
 * What an operator tunes; the files are all read before the first is taken.
 * @param tell is given a line for what is understood as an earlier version meant it. @throws ConfigError
 */
export const readTuned = (tell?: (line: string) => void) => ({
  permissions: PermissionTable.read(),
  fields: readFields(),
  limits: readLimits(tell),
  workflow: readWorkflow(),
});

/** Reads the configuration files anew; when one of them does not fit, all stays as it was. */
export function reloadConfiguration(app: INestApplicationContext): void {
  try {
    const fresh = readTuned();
    app.get(PermissionTable).become(fresh.permissions);
    replaceContent(fields, fresh.fields);
    replaceContent(app.get<Limits>(LIMITS), fresh.limits);
    replaceContent(workflow, fresh.workflow);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.error({ problems: error.lines }, `the configuration stays as it was: ${error.lines.join('; ')}`);
    return;
  }
  app.get(Reloads).tell();
  log.info('permissions, fields, limits and workflow were read anew and are in force');
}
