import { input } from './input.cases.js';
import { runTheme } from './runner.js';
import { values } from './values.cases.js';
import { openWorld } from './world.js';

runTheme('input', openWorld, [...input, ...values]);
