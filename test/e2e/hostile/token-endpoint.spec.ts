import { runTheme } from './runner.js';
import { tokenEndpoint } from './token-endpoint.cases.js';
import { openWorld } from './world.js';

runTheme('token endpoint', openWorld, tokenEndpoint);
