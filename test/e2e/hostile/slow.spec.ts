import { runTheme } from './runner.js';
import { slow } from './slow.cases.js';
import { openWorld } from './world.js';

runTheme('slow', openWorld, slow);
