const BRACED_OR_BARE = /^(?:\{([^{}]*)\}|([^{}]*))$/;
const DIGITS = /^(?:[0-9a-f]{4}-?){7}[0-9a-f]{4}$/i;

/**
 * Reads a UUID as PostgreSQL does: in braces or not, a hyphen after any four digits or none, in any case.
 * @returns the UUID in its usual form; undefined for what is none.
 */
export function uuidIn(spelling: string): string | undefined {
  const [, braced, bare] = BRACED_OR_BARE.exec(spelling) ?? [];
  const digits = braced ?? bare ?? '';
  if (!DIGITS.test(digits)) return undefined;
  return digits
    .replaceAll('-', '')
    .toLowerCase()
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
