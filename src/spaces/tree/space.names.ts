import type { Place } from './space.places.js';

const SEPARATOR = ' / ';

const normalised = (names: string): string =>
  names
    .split('/')
    .map((name) => name.trim())
    .join(SEPARATOR);

/** The spaces that lines of a file may refer to: those that there are, and those of the lines before. */
export class SpaceNames {
  private readonly byId = new Map<string, Place>();
  private readonly byNames = new Map<string, Place | 'ambiguous'>();

  add(place: Place): void {
    this.byId.set(place.id, place);
    this.byNames.set(place.names, this.byNames.has(place.names) ? 'ambiguous' : place);
  }

  withId(id: string): Place | undefined {
    return this.byId.get(id);
  }

  withNames(names: string): Place | 'ambiguous' | undefined {
    return this.byNames.get(normalised(names));
  }

  static join(parent: Place | undefined, name: string): string {
    return parent === undefined ? name : `${parent.names}${SEPARATOR}${name}`;
  }
}
