import './process/node-version.js';
import { watchSighup } from './process/sighup.js';

watchSighup();

try {
  const { loadConfig } = await import('../config/env.js');
  const config = loadConfig();
  // Only now: what is wrong with the environment is told before anything else is even read.
  const { serve } = await import('./process/serve.js');
  await serve(config, { http: true, jobs: true, prepare: true });
} catch (error) {
  const { reportAndExit } = await import('./process/failure-lines.js');
  reportAndExit(error);
}
