import './node-version.js';
import { reportAndExit } from './startup.js';

try {
  const { loadConfig } = await import('../config/env.js');
  const { serve } = await import('./serve.js');
  await serve(loadConfig(), { prepare: true });
} catch (error) {
  reportAndExit(error);
}
