import { normalise, uuidIn } from '../../platform/http/text.js';
import type { SpaceKind } from './space.entity.js';

/** A space as far as its place goes. */
export interface Place {
  id: string;
  parent_id: string | null;
  kind: SpaceKind;
  name: string | null;
}

const keyOf = (parent_id: string | null, name: string): string => `${parent_id ?? ''}/${name}`;

/** Where spaces lie, to be found by the path of their names. */
export class SpaceNames {
  private readonly byId = new Map<string, Place>();
  private readonly byName = new Map<string, Place[]>();

  constructor(places: Iterable<Place>) {
    for (const place of places) this.add(place);
  }

  copy(): SpaceNames {
    return new SpaceNames(this.byId.values());
  }

  add(place: Place): void {
    this.byId.set(place.id, place);
    if (place.name === null) return;
    const key = keyOf(place.parent_id, place.name);
    this.byName.set(key, [...(this.byName.get(key) ?? []), place]);
  }

  has(id: string): boolean {
    return this.byId.has(id);
  }

  /** Those of a name that lie directly in a space, or in none. */
  named(parent_id: string | null, name: string): readonly Place[] {
    return this.byName.get(keyOf(parent_id, name)) ?? [];
  }

  /**
   * @param words an id, or names from the root down with a slash between them.
   * @returns the space, or why there is none.
   */
  find(words: string): Place | string {
    const id = uuidIn(words);
    if (id !== undefined) return this.byId.get(id) ?? `there is no space ${id}`;
    let found: Place | undefined;
    for (const name of words.split('/').map(normalise)) {
      const [first, another] = this.named(found?.id ?? null, name);
      if (first === undefined)
        return `there is no ${name} ${found === undefined ? 'that lies in no space' : `in ${found.name}`}`;
      if (another !== undefined) return `there are several ${name}: take the id`;
      found = first;
    }
    return found as Place;
  }
}
