/** Eight bins to an octave: what is read back is at most 7 % off. */
const MANTISSA_BITS = 3;
const MANTISSA = 1 << MANTISSA_BITS;
const BINS = 256;
const MICROS_MAX = 0xffff_ffff;

/** How many calls took how long, in bins that grow with the time; histograms of different times can be added. */
export class LatencyHistogram {
  readonly #bins = new Uint32Array(BINS);

  add(micros: number, count = 1): void {
    const bin = binOf(micros);
    this.#bins[bin] = (this.#bins[bin] ?? 0) + count;
  }

  merge(other: LatencyHistogram): void {
    const bins = this.#bins;
    other.#bins.forEach((count, bin) => {
      if (count > 0) bins[bin] = (bins[bin] ?? 0) + count;
    });
  }

  /** Microseconds that a share of the calls, from 0 to 1, did not exceed; 0 where there are none. */
  percentile(share: number): number {
    const total = this.#bins.reduce((sum, count) => sum + count, 0);
    const rank = Math.max(1, Math.ceil(total * share));
    let seen = 0;
    for (let bin = 0; bin < BINS; bin++) {
      seen += this.#bins[bin] ?? 0;
      if (total > 0 && seen >= rank) return middleOf(bin);
    }
    return 0;
  }

  /** Bins that are not empty, each with its count. */
  pairs(): readonly (readonly [number, number])[] {
    const pairs: [number, number][] = [];
    this.#bins.forEach((count, bin) => {
      if (count > 0) pairs.push([bin, count]);
    });
    return pairs;
  }

  /** Adds what `pairs` gave; what is no bin is left out. */
  addPairs(pairs: readonly (readonly [number, number])[]): void {
    for (const [bin, count] of pairs)
      if (Number.isInteger(bin) && bin >= 0 && bin < BINS) this.#bins[bin] = (this.#bins[bin] ?? 0) + count;
  }
}

function binOf(micros: number): number {
  const value = Math.min(MICROS_MAX, Math.max(0, Math.floor(micros)));
  if (value < MANTISSA) return value;
  const shift = 31 - Math.clz32(value) - MANTISSA_BITS;
  return Math.min(BINS - 1, MANTISSA * (shift + 1) + ((value >>> shift) & (MANTISSA - 1)));
}

function middleOf(bin: number): number {
  if (bin < MANTISSA) return bin;
  const shift = Math.floor(bin / MANTISSA) - 1;
  const low = (MANTISSA + (bin % MANTISSA)) * 2 ** shift;
  return low + (2 ** shift - 1) / 2;
}
