import type { AskCount } from '../authz/outside/ask-counts.ts';
import type { Decision } from '../core/decision.ts';
import type { ReasonCode } from '../core/reasons.ts';
import type { ThreadContext } from './thread-context.ts';

/** Upper bounds in seconds, as OpenTelemetry advises for `http.server.request.duration`. */
export const DURATION_BUCKETS_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
] as const;

/** Series beyond this many are counted together under the route `_overflow`. */
const SERIES_MAX = 5_000;
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** One series: counts per bucket (the last is +Inf), then their sum in seconds. */
export interface DurationSeries {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly scheme: string;
  readonly protocol: string;
  readonly counts: number[];
  sumSeconds: number;
}

export interface DecisionCount {
  readonly decision: 'permit' | 'deny' | 'observed';
  readonly reason: string;
  readonly stage: string;
  count: number;
}

/** A copy of one thread's numbers; counters only grow. */
export interface CallMetricsReport {
  readonly durations: readonly DurationSeries[];
  readonly decisions: readonly DecisionCount[];
  readonly upstreamDurations: readonly DurationSeries[];
  readonly callsInProgress: number;
  readonly connectionsRefused: number;
  readonly faults: number;
  readonly eventLoopDelaySeconds: number;
  /** What was asked of look-ups and deciders. */
  readonly asked: readonly AskCount[];
  readonly upstreams: readonly { upstream: string; target: string; inProgress: number; out: boolean }[];
}

/** What one data-plane thread counts, without a lock and without a message per call. */
export class CallMetrics {
  connectionsRefused = 0;
  faults = 0;
  readonly #durations = new Map<string, DurationSeries>();
  readonly #upstream = new Map<string, DurationSeries>();
  readonly #decisions = new Map<string, DecisionCount>();

  observe(route: string, method: string, status: number, scheme: string, protocol: string, micros: number): void {
    add(this.#durations, route, method, status, scheme, protocol, micros);
  }

  observeUpstream(upstream: string, method: string, status: number, micros: number): void {
    add(this.#upstream, upstream, method, status, '', '', micros);
  }

  /** `answer`: why the answer to a call that was permitted was refused, or would have been. */
  decided(decision: Decision, answer?: { readonly reason: ReasonCode; readonly enforced: boolean }): void {
    const denial = decision.effect === 'deny' ? decision : answer;
    const reason = denial?.reason ?? '';
    const stage = decision.effect === 'deny' ? decision.stage : denial === undefined ? '' : 'answer';
    const effect = denial === undefined ? 'permit' : denial.enforced ? 'deny' : 'observed';
    const key = effect === 'permit' ? 'permit' : `${effect} ${reason}`;
    const known = this.#decisions.get(key);
    if (known !== undefined) known.count++;
    else this.#decisions.set(key, { decision: effect, reason, stage, count: 1 });
    if (reason === 'gateway.fault') this.faults++;
  }

  report(thread: ThreadContext): CallMetricsReport {
    const upstreams = [...thread.upstreams].flatMap(([upstream, { balancer }]) =>
      balancer.targets.map((target) => ({
        upstream,
        target: target.origin,
        inProgress: target.inProgress,
        out: target.outUntilMicros > thread.clock.monotonicMicros(),
      })),
    );
    return {
      durations: [...this.#durations.values()],
      decisions: [...this.#decisions.values()],
      upstreamDurations: [...this.#upstream.values()],
      callsInProgress: thread.callsInProgress,
      connectionsRefused: this.connectionsRefused,
      faults: this.faults,
      eventLoopDelaySeconds: thread.eventLoopDelaySeconds(),
      asked: thread.snapshot.parts.askCounts.report(),
      upstreams,
    };
  }
}

function add(
  into: Map<string, DurationSeries>,
  route: string,
  method: string,
  status: number,
  scheme: string,
  protocol: string,
  micros: number,
): void {
  const shownMethod = KNOWN_METHODS.has(method) ? method : '_OTHER';
  const key = `${route} ${shownMethod} ${status} ${protocol}`;
  let series = into.get(key);
  if (series === undefined) {
    if (into.size >= SERIES_MAX && route !== '_overflow') {
      add(into, '_overflow', method, status, scheme, protocol, micros);
      return;
    }
    const counts = new Array<number>(DURATION_BUCKETS_SECONDS.length + 1).fill(0);
    series = { route, method: shownMethod, status, scheme, protocol, counts, sumSeconds: 0 };
    into.set(key, series);
  }
  const seconds = micros / 1e6;
  let bucket = 0;
  while (bucket < DURATION_BUCKETS_SECONDS.length && seconds > (DURATION_BUCKETS_SECONDS[bucket] ?? 0)) bucket++;
  series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
  series.sumSeconds += seconds;
}
