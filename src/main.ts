import './node-version.js';
import { watchHangup } from './hangup.js';

watchHangup();

try {
  const { loadConfig } = await import('../config/env.js');
  const config = loadConfig();
  // Only now: the schemas of this part are built from files that may be wrong as well.
  const { serve } = await import('./serve.js');
  await serve(config, { http: true, jobs: true, prepare: true });
} catch (error) {
  const { reportAndExit } = await import('./startup.js');
  reportAndExit(error);
}
