import type { Answer } from '../../support/desk.js';
import type { World } from './world.js';

interface Described {
  deprecated?: boolean;
  security?: unknown[];
  parameters?: { name: string; in: string; schema?: { format?: string } }[];
  'x-permission'?: string[];
}

/** An operation of the OpenAPI document that needs a token. */
export interface Operation {
  method: string;
  /** With its parameters in braces. */
  path: string;
  /** Of the legacy ticket server. */
  legacy: boolean;
  /** Of the legacy occupancy service, whose refusals are our sentences. */
  occupancy: boolean;
  /** Stays open for a disabled user. */
  authentication: boolean;
  /** Needs a permission, not a token alone. */
  permission: boolean;
  /** Its ids are UUIDs, and no numbers. */
  uuids: boolean;
  queryNames: string[];
}

const AUTHENTICATION = ['GET /api/v1/me', 'GET /api/v1/status', 'PUT /api/v1/me/password'];

export function operationsOf(document: { paths: Record<string, Record<string, Described>> }): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, { security = [] }]) => security.length > 0)
      .map(([name, described]) => {
        const method = name.toUpperCase();
        return {
          method,
          path,
          legacy: described.deprecated === true && !path.startsWith('/space/'),
          occupancy: path.startsWith('/space/'),
          authentication: AUTHENTICATION.includes(`${method} ${path}`),
          permission: !['authenticated', 'public'].includes(described['x-permission']?.[0] ?? ''),
          uuids: (described.parameters ?? []).some(
            (given) => given.schema?.format === 'uuid' && given.in === 'path',
          ),
          queryNames: (described.parameters ?? [])
            .filter((given) => given.in === 'query')
            .map(({ name: query }) => query),
        };
      }),
  );
}

/** An id that nobody and nothing has. */
export const nobodyOf = ({ uuids }: Operation): string =>
  uuids ? '0199c6f2-0000-7000-8000-000000000000' : '999999';

/** Calls an operation with a body without content; `value` stands for every parameter of its path. */
export const call = (
  world: World,
  operation: Operation,
  as: string | undefined,
  value = nobodyOf(operation),
): Promise<Answer> =>
  world.ask(operation.method, operation.path.replace(/\{\w+\}/g, value), {
    ...(as === undefined ? {} : { as }),
    ...(operation.method === 'GET' || operation.method === 'DELETE' ? {} : { body: {} }),
  });

/** `403 account_disabled`, `400 User disabled`: an answer in a line of a table. */
export function inShort({ status, body }: Answer): string {
  // The occupancy service has no codes: our sentence is all that it says.
  if (Object.keys(body ?? {}).join() === 'error') return `${status} in words`;
  const reason: unknown = body?.code ?? body?.error ?? body?.detail;
  return status < 400 ? String(status) : `${status} ${typeof reason === 'string' ? reason : 'list'}`;
}

/** Every operation by name, beside its answer. */
export async function answersOf(
  operations: readonly Operation[],
  ask: (operation: Operation) => Promise<Answer>,
): Promise<Record<string, string>> {
  const table: Record<string, string> = {};
  for (const operation of operations)
    table[`${operation.method} ${operation.path}`] = inShort(await ask(operation));
  return table;
}

/** The same table as it should be. */
export const tableOf = (
  operations: readonly Operation[],
  line: (operation: Operation) => string,
): Record<string, string> =>
  Object.fromEntries(
    operations.map((operation) => [`${operation.method} ${operation.path}`, line(operation)]),
  );
