import { runTheme } from './runner.js';
import { credentials } from './credentials.cases.js';
import { tokens } from './tokens.cases.js';
import { openWorld } from './world.js';

runTheme('access tokens', openWorld, [...tokens, ...credentials]);
