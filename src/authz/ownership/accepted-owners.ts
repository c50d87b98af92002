import type { AcceptedOwner } from '../../core/ownership.ts';
import type { LearnedOwners } from '../../ports.ts';

/** Owners an administrator accepted, as they stand in one snapshot. */
export class AcceptedOwners implements LearnedOwners {
  readonly #byLookup = new Map<string, Map<string, readonly string[]>>();

  constructor(rows: readonly AcceptedOwner[]) {
    for (const { lookup, object, owners } of rows) {
      const known = this.#byLookup.get(lookup);
      if (known === undefined) this.#byLookup.set(lookup, new Map([[object, owners]]));
      else known.set(object, owners);
    }
  }

  owners(lookup: string, object: string): readonly string[] | undefined {
    return this.#byLookup.get(lookup)?.get(object);
  }
}
