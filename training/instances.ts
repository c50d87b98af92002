import { isOrdinary } from '../src/detect/gate.ts';
import type { Leaf } from '../src/detect/leaf.ts';
import { Variants } from '../src/detect/normalise/variants.ts';
import { Reader } from '../src/detect/reader.ts';
import { OVERLAP_UNITS, STRETCH_UNITS } from '../src/detect/scorer.ts';
import { isPrototypeOfConstructor } from '../src/detect/target/name.ts';

/** The features of one reading of one stretch of a value: what a score is given to. */
export type Instance = Int32Array;

/** Reads values as the scorer does and keeps the features. */
export class InstanceReader {
  readonly #variants = new Variants();
  readonly #reader = new Reader();

  instances(leaves: readonly Leaf[]): Instance[] {
    const found: Instance[] = [];
    for (const leaf of leaves) {
      const bits = this.#variants.load(leaf.text);
      if (isOrdinary(bits, leaf.text.length) && !isPrototypeOfConstructor(leaf)) continue;
      this.#variants.decode(bits);
      for (let v = 0; v < this.#variants.count; v++) {
        const variant = this.#variants.list[v];
        if (variant === undefined) continue;
        for (
          let start = 0;
          start === 0 || start + OVERLAP_UNITS < variant.length;
          start += STRETCH_UNITS - OVERLAP_UNITS
        ) {
          const end = Math.min(variant.length, start + STRETCH_UNITS);
          if (!this.#reader.read(variant.units, start, end, variant.decoders, leaf)) continue;
          found.push(this.#reader.evidence.ids.slice(0, this.#reader.evidence.count));
        }
      }
    }
    return found;
  }
}
