import { type HistogramSample, type MetricFamily, renderMetrics } from '../../admin/metrics-text.ts';
import { DURATION_BUCKETS_SECONDS, type DurationSeries } from '../../edge/call-metrics.ts';
import { Limits } from '../../limit/limits.ts';
import type { Gateway } from './gateway.ts';

const SERVER_LABELS = [
  'http_request_method',
  'http_response_status_code',
  'http_route',
  'url_scheme',
  'network_protocol_version',
];

/** All metrics of the gateway, summed over its threads; names follow OpenTelemetry's semantic conventions where it has one. */
export async function gatewayMetrics(gateway: Gateway): Promise<string> {
  const reports = await gateway.threads.metrics();
  const events = gateway.writer.stats();
  const limits = new Limits(gateway.state.limits).statistics(gateway.clock.monotonicMicros(), gateway.clock.nowMs());
  const families: MetricFamily[] = [
    {
      name: 'http_server_request_duration_seconds',
      help: 'Time from the arrival of a call to its last byte.',
      type: 'histogram',
      labels: SERVER_LABELS,
      buckets: DURATION_BUCKETS_SECONDS,
      samples: summed(
        reports.flatMap(({ durations }) => durations),
        (series) => [series.method, String(series.status), series.route, series.scheme, series.protocol],
      ),
    },
    {
      name: 'http_client_request_duration_seconds',
      help: 'Time from the decision to the head of the upstream’s answer.',
      type: 'histogram',
      labels: ['http_request_method', 'http_response_status_code', 'sallyport_upstream'],
      buckets: DURATION_BUCKETS_SECONDS,
      samples: summed(
        reports.flatMap(({ upstreamDurations }) => upstreamDurations),
        (series) => [series.method, String(series.status), series.route],
      ),
    },
    gauge(
      'http_server_active_requests',
      'Calls in progress.',
      sum(reports, ({ callsInProgress }) => callsInProgress),
    ),
    gauge('sallyport_connections', 'Open client connections.', gateway.threads.connections),
    counter(
      'sallyport_connections_refused_total',
      'Connections refused because one address or all held too many.',
      sum(reports, (one) => one.connectionsRefused),
    ),
    {
      name: 'sallyport_decisions_total',
      help: 'Decisions by effect, and for denials by reason and stage; `observed` went through.',
      type: 'counter',
      labels: ['decision', 'reason', 'stage'],
      samples: [
        ...grouped(
          reports.flatMap(({ decisions }) => decisions),
          ({ decision, reason, stage }) => [decision, reason, stage],
          ({ count }) => count,
        ),
      ],
    },
    {
      name: 'sallyport_asked_total',
      help: 'Questions to look-ups of owners and to deciders, by what came of them.',
      type: 'counter',
      labels: ['kind', 'name', 'outcome'],
      samples: [
        ...grouped(
          [...reports.flatMap(({ asked }) => asked), ...gateway.decisions.counts.report()],
          ({ kind, name, outcome }) => [kind, name, outcome],
          ({ count }) => count,
        ),
      ],
    },
    counter(
      'sallyport_faults_total',
      'Calls refused because of a fault inside the gateway.',
      sum(reports, ({ faults }) => faults),
    ),
    {
      name: 'sallyport_upstream_calls_in_progress',
      help: 'Calls that wait for a target.',
      type: 'gauge',
      labels: ['upstream', 'target'],
      samples: [
        ...grouped(
          reports.flatMap(({ upstreams }) => upstreams),
          ({ upstream, target }) => [upstream, target],
          ({ inProgress }) => inProgress,
        ),
      ],
    },
    {
      name: 'sallyport_upstream_threads_out',
      help: 'Threads that pass a target over because it failed repeatedly.',
      type: 'gauge',
      labels: ['upstream', 'target'],
      samples: [
        ...grouped(
          reports.flatMap(({ upstreams }) => upstreams),
          ({ upstream, target }) => [upstream, target],
          ({ out }) => (out ? 1 : 0),
        ),
      ],
    },
    counter('sallyport_events_total', 'Events stored.', events.appendedEvents),
    counter('sallyport_events_dropped_total', 'Events recorded and lost; must be 0.', events.droppedEvents),
    counter('sallyport_event_append_failures_total', 'Failed attempts to store events.', events.failedAppends),
    gauge('sallyport_event_backlog_bytes', 'Events waiting in memory for the store.', events.backlogBytes),
    {
      name: 'sallyport_limit_entries',
      help: 'Live entries of the limit tables.',
      type: 'gauge',
      labels: ['table'],
      samples: limits.map(({ table, live }) => ({ labels: [table], value: live })),
    },
    {
      name: 'sallyport_limit_overflow_total',
      help: 'Calls counted in a shared overflow entry because a table was full.',
      type: 'counter',
      labels: ['table'],
      samples: limits.map(({ table, overflowed }) => ({ labels: [table], value: overflowed })),
    },
    gauge('sallyport_api_keys', 'API keys known, revoked ones included.', gateway.state.index.size),
    gauge('sallyport_snapshot_version', 'Version of the configuration in force.', gateway.snapshot.version),
    counter('sallyport_reloads_total', 'Configurations reloaded.', gateway.reloads),
    gauge('sallyport_reload_refused', '1 while the last reload was refused.', gateway.refused.length > 0 ? 1 : 0),
    gauge(
      'sallyport_store_writable',
      '1 while keys and modes can be changed.',
      gateway.state.store.writable().ok ? 1 : 0,
    ),
    counter(
      'sallyport_thread_restarts_total',
      'Data-plane threads that died and were replaced.',
      gateway.threads.restarts,
    ),
    {
      name: 'sallyport_event_loop_delay_seconds',
      help: '99th percentile of the event-loop delay of each thread since the last scrape.',
      type: 'gauge',
      labels: ['thread'],
      samples: reports.map(({ eventLoopDelaySeconds }, thread) => ({
        labels: [String(thread)],
        value: eventLoopDelaySeconds,
      })),
    },
    gauge('process_resident_memory_bytes', 'Resident memory.', process.memoryUsage.rss()),
    counter('process_cpu_seconds_total', 'User and system time of all threads.', cpuSeconds()),
  ];
  return renderMetrics(families);
}

function counter(name: string, help: string, value: number): MetricFamily {
  return { name, help, type: 'counter', labels: [], samples: [{ labels: [], value }] };
}

function gauge(name: string, help: string, value: number): MetricFamily {
  return { name, help, type: 'gauge', labels: [], samples: [{ labels: [], value }] };
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

function grouped<T>(
  items: readonly T[],
  labelsOf: (item: T) => string[],
  amountOf: (item: T) => number,
): Iterable<{ labels: string[]; value: number }> {
  const groups = new Map<string, { labels: string[]; value: number }>();
  for (const item of items) {
    const labels = labelsOf(item);
    const key = JSON.stringify(labels);
    const group = groups.get(key) ?? { labels, value: 0 };
    group.value += amountOf(item);
    groups.set(key, group);
  }
  return groups.values();
}

function summed(series: readonly DurationSeries[], labelsOf: (one: DurationSeries) => string[]): HistogramSample[] {
  const groups = new Map<string, { labels: string[]; counts: number[]; sum: number }>();
  for (const one of series) {
    const labels = labelsOf(one);
    const key = JSON.stringify(labels);
    const group = groups.get(key) ?? { labels, counts: one.counts.map(() => 0), sum: 0 };
    one.counts.forEach((count, index) => {
      group.counts[index] = (group.counts[index] ?? 0) + count;
    });
    group.sum += one.sumSeconds;
    groups.set(key, group);
  }
  return [...groups.values()];
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
