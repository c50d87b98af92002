import type { ParameterSampler } from '../detect/parameters/parameter-sampler.ts';
import type { EventRingWriter } from '../pipeline/event-ring.ts';
import type { RequestIdSource } from '../pipeline/request-id.ts';
import type { Snapshot } from '../pipeline/snapshot.ts';
import type { Clock } from '../ports.ts';
import type { CredentialStrength } from '../tokens/credential-strength.ts';
import type { CallMetrics } from './call-metrics.ts';
import type { BodyMemory } from './proxy/body-memory.ts';
import type { LateRecords } from './proxy/late-records.ts';
import type { Upstream } from './upstream/upstream.ts';

/** What every call on one data-plane thread shares. The snapshot is replaced whole; a call keeps the one it began with. */
export interface ThreadContext {
  readonly clock: Clock;
  readonly requestIds: RequestIdSource;
  readonly events: EventRingWriter;
  readonly metrics: CallMetrics;
  snapshot: Snapshot;
  upstreams: ReadonlyMap<string, Upstream>;
  callsInProgress: number;
  readonly bodies: BodyMemory;
  readonly lateRecords: LateRecords;
  readonly strength: CredentialStrength;
  /** What is learned from calls that were accepted. */
  readonly sampler: ParameterSampler;
  draining: boolean;
  /** 99th percentile of this thread's event-loop delay since it was last asked. */
  eventLoopDelaySeconds(): number;
}
