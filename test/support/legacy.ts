import { expect } from '@jest/globals';
import type { Desk } from './desk.js';

type Options = Parameters<Desk['ask']>[2];

export interface LegacyClient {
  /** Status and body as text; every body of the ticket server is plain JSON. */
  exchange: (method: string, path: string, options?: Options) => Promise<string>;
  /** Each operation that the document marks as the ticket server's, with an id in place of each parameter. */
  operations: () => Promise<[method: string, path: string][]>;
}

export const detail = (status: number, text: string): string => `${status} {"detail":"${text}"}`;

export function legacyClient(desk: () => Desk): LegacyClient {
  return {
    exchange: async (method, path, options) => {
      const { status, text, headers } = await desk().ask(method, `/api/v1${path}`, options);
      expect(headers.get('content-type')).toMatch(/^application\/json(?:;|$)/);
      return `${status} ${text}`;
    },
    operations: async () => {
      const { body } = await desk().ask('GET', '/openapi.json');
      const paths = body.paths as Record<string, Record<string, { tags?: string[]; deprecated?: boolean }>>;
      return Object.entries(paths).flatMap(([path, item]) =>
        Object.entries(item)
          .filter(([, { tags, deprecated }]) => tags?.includes('compatibility: ticket server') && deprecated)
          .map(([method]): [string, string] => [
            method.toUpperCase(),
            path.replace('/api/v1', '').replace(/\{\w+\}/g, '999999'),
          ]),
      );
    },
  };
}
