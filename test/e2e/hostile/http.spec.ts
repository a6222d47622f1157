import { http } from './http.cases.js';
import { runTheme } from './runner.js';
import { wire } from './wire.cases.js';
import { openWorld } from './world.js';

runTheme('http', openWorld, [...wire, ...http]);
