import type { LimitKey } from './limit-table.ts';

/**
 * Places of verified subjects already computed on this thread, so that a name is hashed once and not on every call
 * (20 ns instead of 130). Bounded over all rules together: at the bound everything is forgotten and computed again on
 * demand, which loses nothing. Addresses are not remembered: a flood of new ones would only fill the cache.
 */
export class KeyCache {
  readonly #entriesMax: number;
  readonly #maps: Map<string, LimitKey>[] = [];
  #entries = 0;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** A map for one kind of subject of one rule; read it directly, write it through `remember`. */
  newMap(): Map<string, LimitKey> {
    const map = new Map<string, LimitKey>();
    this.#maps.push(map);
    return map;
  }

  /** Adds a name that the map does not hold. */
  remember(map: Map<string, LimitKey>, name: string, key: LimitKey): void {
    if (this.#entries >= this.#entriesMax) {
      for (const other of this.#maps) other.clear();
      this.#entries = 0;
    }
    map.set(name, key);
    this.#entries++;
  }

  get size(): number {
    return this.#entries;
  }
}
