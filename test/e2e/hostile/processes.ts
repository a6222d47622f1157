import type { Queryable } from '../../../src/platform/database/database.js';
import { type Answer, form, PASSWORD } from '../../support/desk.js';
import { serveInstallation, type ServedInstallation } from '../../support/served.js';
import { assertRules } from './rules.js';

/** Two instances as an operator runs them, with a database that can be taken away. */
export interface Processes extends ServedInstallation {
  database: Queryable;
  /** Asks instance 0 or 1, and holds its answer to the rules. */
  ask(instance: number, method: string, path: string, options?: Options): Promise<Answer>;
  /** Asks without judging the answer. */
  send(instance: number, method: string, path: string, options?: Options): Promise<Answer>;
  signIn(instance: number, username: string, password?: string): Promise<Answer>;
  /** Of admin, manager and support. */
  tokens: Record<string, string>;
  employee: number;
}

interface Options {
  token?: string | undefined;
  body?: unknown;
  headers?: Record<string, string>;
}

async function request(
  url: string,
  method: string,
  path: string,
  { token, body, headers }: Options,
): Promise<Answer> {
  const isForm = typeof body === 'string';
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined
        ? {}
        : { 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  };
}

export async function openProcesses(): Promise<Processes> {
  const installation = await serveInstallation(2);
  const send: Processes['send'] = (instance, method, path, options = {}) =>
    request(installation.processes[instance]?.url ?? '', method, path, options);
  const ask: Processes['ask'] = async (instance, method, path, options) => {
    const answer = await send(instance, method, path, options);
    assertRules(method, path, answer, true);
    return answer;
  };
  const signIn: Processes['signIn'] = (instance, username, password = PASSWORD) =>
    ask(instance, 'POST', '/api/v1/token', { body: form({ username, password }) });
  const tokens: Record<string, string> = {};
  for (const name of ['admin', 'manager', 'support'])
    tokens[name] = String((await signIn(0, name)).body.access_token);
  const employee = await ask(0, 'POST', '/api/v1/employees', {
    token: tokens.admin,
    body: { first_name: 'Amara', last_name: 'Okafor', email: 'amara@example.org' },
  });
  return {
    ...installation,
    database: { query: ({ text, values }) => installation.sql(text, values) },
    ask,
    send,
    signIn,
    tokens,
    employee: Number(employee.body.id),
  };
}
