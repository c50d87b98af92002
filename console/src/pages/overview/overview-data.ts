import type { HealthLine } from '../../api/shapes.ts';

export interface TopValue {
  readonly value: string;
  readonly calls: number;
  readonly denied: number;
}

/** `GET /api/v1/overview`. Every list of `series` has one value for each bucket. */
export interface OverviewData {
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
  readonly series: {
    readonly calls: readonly number[];
    readonly denied: readonly number[];
    readonly observed: readonly number[];
    readonly errors: readonly number[];
    readonly p50Ms: readonly (number | null)[];
    readonly p99Ms: readonly (number | null)[];
  };
  readonly top: {
    readonly consumers: readonly TopValue[];
    readonly routes: readonly TopValue[];
    readonly addresses: readonly TopValue[];
    readonly reasons: readonly TopValue[];
  };
  readonly findings: Readonly<Record<'critical' | 'high' | 'medium' | 'low', number>>;
  readonly configurationChanges: readonly { readonly atMs: number; readonly fingerprint: string }[];
}

/** `GET /api/v1/health`. */
export interface HealthData {
  readonly status: 'ok' | 'degraded' | 'failing';
  readonly items: readonly HealthLine[];
}

const MINUTE_MS = 60_000;
const BUCKETS_MAX = 120;

/** Buckets a range is divided into: a minute each, or longer ones where those would be too many. */
export function bucketsOf(lengthMs: number): number {
  return Math.max(1, Math.min(BUCKETS_MAX, Math.ceil(lengthMs / MINUTE_MS)));
}

export function totalOf(values: readonly (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

/** Beginnings of the buckets. */
export function timesOf({ from, bucketMs, series }: OverviewData): readonly number[] {
  return series.calls.map((_, index) => from + index * bucketMs);
}
