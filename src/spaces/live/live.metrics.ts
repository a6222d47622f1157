import { Gauge } from 'prom-client';
import { registry } from '../../platform/metrics/metrics.js';
import type { Principal } from '../../access/principal.js';

const streams = new Gauge({
  name: 'live_streams',
  help: 'Open streams of spaces, by who watches.',
  labelNames: ['viewer'] as const,
  registers: [registry],
});

export const countStream = (type: Principal['type'], by: 1 | -1): void => streams.inc({ viewer: type }, by);
