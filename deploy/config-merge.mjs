// What an operator tuned, carried over to the defaults of another release. Usage: config-merge.mjs FROM OWN TO
// FROM is the file as the release that runs ships it, OWN the operator's, TO as the other release ships it.
// Prints TO with the changes between FROM and OWN; called with FROM and TO exchanged it takes that back.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether two limits count over another time: a number for the one says nothing for the other. */
const otherWindow = (from, to) => ['minutes', 'seconds'].some((unit) => from[unit] !== to[unit]);

/**
 * Objects are merged key by key; of anything else, and of a limit whose window another release has changed, the
 * operator's wins as a whole where it is not the old default.
 */
function merge(from, own, to) {
  if (isDeepStrictEqual(own, from)) return to;
  if (!isObject(own) || !isObject(to)) return own;
  const old = isObject(from) ? from : {};
  if (otherWindow(old, to) && isObject(from)) return own;
  const merged = {};
  for (const key of new Set([...Object.keys(to), ...Object.keys(own)])) {
    const value = key in own || !(key in old) ? merge(old[key], own[key], to[key]) : undefined;
    if (value !== undefined) merged[key] = value;
  }
  return merged;
}

const [from, own, to] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, 'utf8')));
console.log(JSON.stringify(merge(from, own, to), null, 2));
