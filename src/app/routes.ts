import { type DynamicModule, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, MODULE_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { mapToExcludeRoute } from '@nestjs/core/middleware/utils.js';
import { isRouteExcluded } from '@nestjs/core/router/utils/exclude-route.util.js';
import type { Config } from '../../config/env.js';
import { AppModule } from './app.module.js';
import { PATHS } from '../auth/token/token.service.js';
import { OCCUPANCY_ROUTES } from '../legacy/occupancy-service/routes/paths.js';
import { DOCS_PATHS } from '../platform/openapi/docs.js';
import type { ServedRoute } from '../platform/http/adapter.js';

export const PREFIX = 'api/v1';

/** Paths outside the prefix of the API. */
export const UNPREFIXED = [
  'health/live',
  'health/ready',
  'metrics',
  'maintenance',
  'board/:display_token',
  'board/:display_token/state',
  'board/:display_token/stream',
  'board/assets/:version/:file',
  ...OCCUPANCY_ROUTES,
];

/** A route as its controller declares it. */
export interface DeclaredRoute extends ServedRoute {
  /** Of a legacy API, which knows no Idempotency-Key. */
  legacy: boolean;
}

// The name under which @nestjs/swagger keeps what @ApiOperation said.
const OPERATION = 'swagger/apiOperation';

type Module = Type | DynamicModule;

function* controllersOf(module: Module, seen = new Set<unknown>()): Generator<Type> {
  const type = 'module' in module ? module.module : module;
  if (seen.has(type)) return;
  seen.add(type);
  const declared = <T>(key: 'imports' | 'controllers', dynamic: T[] | undefined): T[] => [
    ...((Reflect.getMetadata(MODULE_METADATA[key === 'imports' ? 'IMPORTS' : 'CONTROLLERS'], type) ??
      []) as T[]),
    ...(dynamic ?? []),
  ];
  const { imports, controllers } = module as DynamicModule;
  yield* declared<Type>('controllers', controllers);
  for (const imported of declared<Module>('imports', imports as Module[]))
    yield* controllersOf(imported, seen);
}

const joined = (...parts: string[]): string =>
  `/${parts
    .flatMap((part) => part.split('/'))
    .filter(Boolean)
    .join('/')}`;

function* routesIn(controller: Type): Generator<DeclaredRoute & { verb: RequestMethod }> {
  const bases = [Reflect.getMetadata(PATH_METADATA, controller) as string | string[]].flat();
  const prototype = controller.prototype as Record<string, unknown>;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const handler = Object.getOwnPropertyDescriptor(prototype, name)?.value as object | undefined;
    const verb = handler && (Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined);
    if (handler === undefined || verb === undefined) continue;
    const { deprecated = false } = (Reflect.getMetadata(OPERATION, handler) ?? {}) as {
      deprecated?: boolean;
    };
    for (const base of bases) {
      for (const path of [Reflect.getMetadata(PATH_METADATA, handler) as string | string[]].flat())
        yield { verb, method: RequestMethod[verb], path: joined(base, path), legacy: deprecated };
    }
  }
}

/**
 * Every route that the application serves, read off what the modules declare, so that whoever needs the list needs
 * neither a database nor a running server.
 */
export function declaredRoutes(config: Config): DeclaredRoute[] {
  const excluded = mapToExcludeRoute(UNPREFIXED);
  // Nothing of the module is made, so the data source is never looked at.
  const modules = AppModule.register(config, undefined as never);
  const ours = [...controllersOf(modules)].flatMap((controller) =>
    [...routesIn(controller)].map(({ verb, method, path, legacy }) => ({
      method,
      path: isRouteExcluded(excluded, path, verb) ? path : joined(PREFIX, path),
      legacy,
    })),
  );
  const route =
    (method: string) =>
    (path: string): DeclaredRoute => ({ method, path, legacy: false });
  const { token, revoke, ...documents } = PATHS;
  return [
    ...ours,
    ...[token, revoke].map(route('POST')),
    ...[...Object.values(documents), ...DOCS_PATHS].map(route('GET')),
  ];
}
