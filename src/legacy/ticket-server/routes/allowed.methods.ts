import type { ServedRoute } from '../../../platform/http/adapter.js';
import { isLegacyPath } from './paths.js';

/** The methods that routes of the ticket server take at a path, whatever its parameters. */
export function allowedMethods(routes: readonly ServedRoute[], path: string): string[] {
  const found = routes.filter((route) => isLegacyPath(route.path) && patternOf(route.path).test(path));
  return [...new Set(found.map(({ method }) => method))].sort();
}

const patternOf = (path: string): RegExp => new RegExp(`^${path.replace(/:[a-z_]+/g, '[^/]+')}$`);
