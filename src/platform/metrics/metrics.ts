import { collectDefaultMetrics, Histogram, type Histogram as Metric, Registry } from 'prom-client';

export const registry = new Registry();

collectDefaultMetrics({ register: registry });

const duration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time from the first byte of a request to the last of its answer, by route pattern.',
  labelNames: ['method', 'route', 'status'] as const,
  buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  registers: [registry],
});

type Child = Metric.Internal<'method' | 'route' | 'status'>;

// A label look-up hashes three strings; the combinations are few, so each is looked up once.
const children = new Map<string, Child>();

export function countRequest(method: string, route: string, status: number, milliseconds: number): void {
  const key = `${method} ${status} ${route}`;
  let child = children.get(key);
  if (child === undefined) {
    child = duration.labels(method, route, String(status));
    children.set(key, child);
  }
  child.observe(milliseconds / 1_000);
}
