import { ConfigError } from '../../config/env.js';
import { log } from '../platform/log/log.js';
import { readSettings, settings } from '../platform/settings/settings.js';

/** Reads the configuration files anew; when one of them does not fit, all stays as it was. */
export function reloadConfiguration(): void {
  try {
    settings.replace(readSettings());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.error({ problems: error.lines }, `the configuration stays as it was: ${error.lines.join('; ')}`);
    return;
  }
  log.info('permissions, fields, limits and workflow were read anew and are in force');
}
