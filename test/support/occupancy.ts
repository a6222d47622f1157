import { expect } from '@jest/globals';
import type { Answer, Desk } from './desk.js';

type Options = Parameters<Desk['ask']>[2];

/** A client of the occupancy service. */
export interface OccupancyClient {
  ask: (method: string, path: string, options?: Options) => Promise<Answer>;
  /** `200 3/10`: the status and the numbers, or the status and the error. */
  numbers: (method: string, path: string, options?: Options) => Promise<string>;
  make: (path: string, options?: Options) => Promise<string>;
}

/** @param as by whom, where nothing else is said. */
export function occupancyClient(desk: () => Desk, as: string | undefined): OccupancyClient {
  const ask: OccupancyClient['ask'] = async (method, path, options) => {
    const answer = await desk().ask(method, `/space${path}`, {
      ...(as === undefined ? {} : { as }),
      ...options,
    });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json(?:;|$)/);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-headers')).toBe('x-requested-with, authorization');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(answer.headers.get('etag')).toBeNull();
    if (answer.status !== 200) expect(answer.text).toMatch(/^\{"error":"[^"]+"\}$/);
    return answer;
  };
  const numbers: OccupancyClient['numbers'] = async (method, path, options) => {
    const { status, body } = await ask(method, path, options);
    return status === 200
      ? `200 ${body.occupancy.current}/${body.occupancy.maximum}`
      : `${status} ${body.error}`;
  };
  const make: OccupancyClient['make'] = async (path, options) => {
    const { status, body } = await ask('PUT', path, options);
    expect(status).toBe(200);
    return body.space_id as string;
  };
  return { ask, numbers, make };
}
