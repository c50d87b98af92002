/**
 * Counts of latencies in buckets whose width grows with the value (log-linear, as HdrHistogram does it):
 * no value is off by more than 1/128 of itself, and nothing is kept per request.
 */
const SUB_BUCKET_BITS = 7;
const SUB_BUCKETS = 1 << SUB_BUCKET_BITS;
const EXPONENTS = 31 - SUB_BUCKET_BITS;

export class Histogram {
  private readonly counts = new Float64Array((EXPONENTS + 1) * SUB_BUCKETS);
  private total = 0;
  private largest = 0;

  /** Adds one latency in whole microseconds; negative ones count as 0, those above 17 minutes as 17 minutes. */
  record(micros: number): void {
    const value = micros < 0 ? 0 : micros > 0x3fffffff ? 0x3fffffff : Math.round(micros);
    this.counts[bucketOf(value)]! += 1;
    this.total++;
    if (value > this.largest) this.largest = value;
  }

  get count(): number {
    return this.total;
  }

  get max(): number {
    return this.largest;
  }

  /** The latency that `share` (0 to 1) of all stay at or below, in microseconds; 0 where nothing was recorded. */
  quantile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.total));
    let seen = 0;
    for (let bucket = 0; bucket < this.counts.length; bucket++) {
      seen += this.counts[bucket]!;
      if (seen >= wanted) return Math.min(upperEnd(bucket), this.largest);
    }
    return this.largest;
  }
}

function bucketOf(value: number): number {
  if (value < SUB_BUCKETS) return value;
  const shift = 31 - Math.clz32(value) - SUB_BUCKET_BITS;
  return (shift + 1) * SUB_BUCKETS + ((value >>> shift) - SUB_BUCKETS);
}

function upperEnd(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const shift = Math.floor(bucket / SUB_BUCKETS) - 1;
  const low = ((bucket % SUB_BUCKETS) + SUB_BUCKETS) << shift;
  return low + (1 << shift) - 1;
}
