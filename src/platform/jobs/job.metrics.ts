import { Counter, Gauge } from 'prom-client';
import { registry } from '../metrics/metrics.js';

const attempts = new Counter({
  name: 'job_attempts_total',
  help: 'Attempts at jobs that this process made.',
  labelNames: ['task', 'result'] as const,
  registers: [registry],
});

export const lagGauge = new Gauge({
  name: 'jobs_lag_seconds',
  help: 'How long the oldest job that is due has been waiting, over all instances.',
  registers: [registry],
});

export const failedGauge = new Gauge({
  name: 'jobs_failed',
  help: 'Jobs that failed for good and are kept for whoever looks after them, over all instances.',
  registers: [registry],
});

export const countJob = (task: string, result: 'done' | 'failed'): void => attempts.inc({ task, result });
