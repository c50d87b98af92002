import type { GatewayHealth } from '../../../../src/admin/services.ts';
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
    /** 0 where nobody called. */
    readonly p50Ms: readonly number[];
    readonly p99Ms: readonly number[];
  };
  readonly top: {
    readonly consumers: readonly TopValue[];
    readonly routes: readonly TopValue[];
    readonly addresses: readonly TopValue[];
    readonly reasons: readonly TopValue[];
  };
  /** Those that were denied most, of each kind. */
  readonly topDenied: OverviewData['top'];
  readonly findings: Readonly<Record<'critical' | 'high' | 'medium' | 'low', number>>;
  readonly configurationChanges: readonly { readonly atMs: number; readonly fingerprint: string }[];
  readonly health: GatewayFigures;
}

/** How the gateway itself does, of the same answer. */
export interface GatewayFigures extends GatewayHealth {
  readonly status: 'ok' | 'degraded' | 'failing';
  readonly items: readonly HealthLine[];
}

const MINUTE_MS = 60_000;
const BUCKETS_MAX = 120;

/** Buckets a range is divided into: whole minutes, one of which it ends in, or longer ones where those would be too many. */
export function bucketsOf(lengthMs: number): number {
  return Math.min(BUCKETS_MAX, Math.ceil(lengthMs / MINUTE_MS) + 1);
}

export function totalOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Beginnings of the buckets. */
export function timesOf({ from, bucketMs, series }: OverviewData): readonly number[] {
  return series.calls.map((_, index) => from + index * bucketMs);
}

/** How long calls took; null where nobody called. */
export function latencyOf({ series }: OverviewData, which: 'p50Ms' | 'p99Ms'): readonly (number | null)[] {
  return series[which].map((ms, index) => (series.calls[index] === 0 ? null : ms));
}
