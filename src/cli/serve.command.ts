import type { Command } from 'commander';
import { loadConfig } from '../../config/env.js';
import { serve } from '../process/serve.js';
import type { Shell } from './shell.js';

export function addServe(program: Command, shell: Shell): void {
  program
    .command('serve')
    .description('Serve HTTP until a signal comes; refuses to start while a migration is pending.')
    .option('--with-worker', 'run jobs in the same process')
    .action(({ withWorker = false }: { withWorker?: boolean }) =>
      serve(loadConfig(shell.environment), { http: true, jobs: withWorker, prepare: false }),
    );
  program
    .command('worker')
    .description('Run jobs until a signal comes; any number may run, and each job is run by one of them.')
    .action(() => serve(loadConfig(shell.environment), { http: false, jobs: true, prepare: false }));
}
