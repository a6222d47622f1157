import type { Command } from 'commander';
import { loadConfig } from '../../config/env.js';
import { serve } from '../serve.js';
import type { Shell } from './shell.js';

export function addServe(program: Command, shell: Shell): void {
  program
    .command('serve')
    .description('Serve HTTP until a signal comes; refuses to start while a migration is pending.')
    .action(() => serve(loadConfig(shell.environment), { prepare: false }));
}
