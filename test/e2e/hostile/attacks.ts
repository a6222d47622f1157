import { form } from '../../support/desk.js';
import type { Attack as AttackOn, Case as CaseOf } from './case.js';
import type { World } from './world.js';

export type Attack = AttackOn<World>;
export type Case = CaseOf<World>;

/** Who asks; undefined is somebody without a token. */
type Caller = string | undefined;

/** Puts ids in the place of names: `/api/v1/users/{manager}`. */
export const fill = ({ ids }: World, path: string): string =>
  path.replace(/\{([\w.]+)\}/g, (_match, name: string) => {
    if (ids[name] === undefined) throw new Error(`nobody and nothing here is called ${name}`);
    return String(ids[name]);
  });

/** One request of a user with a good token. */
export const as =
  (
    caller: Caller,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Attack =>
  (world) =>
    world.ask(method, fill(world, path), {
      ...(caller === undefined ? {} : { as: caller }),
      ...(body === undefined ? {} : { body }),
      headers,
    });

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** A form, or what shall pass for one, at the token endpoint. */
export const atToken =
  (body: string | Uint8Array | Record<string, string>, headers: Record<string, string> = {}): Attack =>
  (world) =>
    world.ask('POST', '/api/v1/token', {
      body: typeof body === 'string' || body instanceof Uint8Array ? body : form(body),
      headers: { ...FORM, ...headers },
    });

/** A text that JSON.stringify would not write. */
export const json = (caller: Caller, method: string, path: string, text: string | Uint8Array): Attack =>
  as(caller, method, path, text, { 'content-type': 'application/json' });
