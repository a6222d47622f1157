import { longAnswers } from './long-answers.cases.js';
import { overload } from './overload.cases.js';
import { openProcesses } from './processes.js';
import { runTheme } from './runner.js';

runTheme('overload', openProcesses, [...overload, ...longAnswers]);
