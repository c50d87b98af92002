import { isOrdinary } from '../src/detect/gate.ts';
import type { Leaf } from '../src/detect/leaf.ts';
import { Variants } from '../src/detect/normalise/variants.ts';
import { Reader } from '../src/detect/reader.ts';
import { isPrototypeOfConstructor } from '../src/detect/target/name.ts';
import { Windows } from '../src/detect/windows.ts';

/** The features of one reading of one window of a value: what a score is given to. */
export type Instance = Int32Array;

/** Reads values as the scorer does and keeps the features. */
export class InstanceReader {
  readonly #variants = new Variants();
  readonly #reader = new Reader();
  readonly #windows = new Windows(this.#reader.automaton);

  instances(leaves: readonly Leaf[]): Instance[] {
    const found: Instance[] = [];
    for (const leaf of leaves) {
      const bits = this.#variants.load(leaf.text);
      if (isOrdinary(bits, leaf.text) && !isPrototypeOfConstructor(leaf)) continue;
      this.#variants.decode(bits);
      for (let v = 0; v < this.#variants.count; v++) {
        const variant = this.#variants.list[v];
        if (variant === undefined) continue;
        const windows = this.#windows;
        windows.find(variant);
        this.#reader.begin(variant, leaf);
        for (let w = 0; w < windows.count; w++) {
          if (!this.#reader.read(variant, windows.starts[w] ?? 0, windows.ends[w] ?? 0, leaf)) continue;
          found.push(this.#reader.evidence.ids.slice(0, this.#reader.evidence.count));
        }
      }
    }
    return found;
  }
}
