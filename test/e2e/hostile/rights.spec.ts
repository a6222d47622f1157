import { rights } from './rights.cases.js';
import { runTheme } from './runner.js';
import { openWorld } from './world.js';

runTheme('rights', openWorld, rights);
