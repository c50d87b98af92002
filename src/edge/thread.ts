import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { DpopNonces } from '../authn/dpop-nonce.ts';
import { AskCounts } from '../authz/outside/ask-counts.ts';
import { CredentialReader } from '../crypto/credential-index.ts';
import { ReplayGuard } from '../crypto/replay-memory.ts';
import { RevocationReader } from '../crypto/revocation-memory.ts';
import { LearnedTable } from '../detect/parameters/learned-table.ts';
import { ParameterSampler } from '../detect/parameters/parameter-sampler.ts';
import { ConnectionGauge } from '../limit/connections.ts';
import { Contracts } from '../pipeline/contracts.ts';
import { EventRingWriter } from '../pipeline/event-ring.ts';
import { fingerprintOf } from '../pipeline/fingerprint.ts';
import { RequestIdSource } from '../pipeline/request-id.ts';
import { compileSnapshot, rememberAnswers, type SnapshotParts } from '../pipeline/snapshot.ts';
import { ThreadValueJudge } from '../pipeline/value-judge.ts';
import { CredentialStrength } from '../tokens/credential-strength.ts';
import { CallMetrics } from './call-metrics.ts';
import { systemClock } from './clock.ts';
import { ThreadKeySets } from './key-sets.ts';
import { Listener } from './listener.ts';
import type { FromThread, ThreadBirth, ToThread } from './messages.ts';
import { createFetch } from './outbound-fetch.ts';
import { ThreadOwnerDatabases } from './owner-databases/owner-databases.ts';
import { BodyMemory } from './proxy/body-memory.ts';
import { LateRecords } from './proxy/late-records.ts';
import { systemRandom } from './random.ts';
import type { ThreadContext } from './thread-context.ts';
import { UpstreamSet } from './upstream/upstream-set.ts';

/** What was seen of accepted calls is handed over so often. */
const HAND_OVER_MS = 2_000;

/** Entry of a data-plane thread: a listener, the pipeline, and the messages of the control plane. */
async function main(birth: ThreadBirth): Promise<void> {
  if (parentPort === null) throw new TypeError('a data-plane thread needs its control plane');
  const port = parentPort;
  const clock = systemClock();
  const upstreams = new UpstreamSet(clock);
  upstreams.apply(birth.snapshot.configuration.upstreams);
  const keySets = new ThreadKeySets(birth.keySets, (name) => post({ type: 'refreshKeys', name }));
  const credentials = new CredentialReader(birth.credentials);
  const revocations = new RevocationReader(birth.revocations);
  const fingerprint = fingerprintOf(birth.limits);
  const learned = new LearnedTable(fingerprint, birth.parameters);
  const sampler = new ParameterSampler(fingerprint);
  const parts: SnapshotParts = {
    credentials,
    limits: birth.limits,
    keySets,
    revocations,
    replay: new ReplayGuard(birth.replay),
    nonces: new DpopNonces(birth.nonceSecret),
    fetch: createFetch(),
    monotonicMs: () => clock.monotonicMicros() / 1_000,
    ownerDatabases: new ThreadOwnerDatabases(),
    askCounts: new AskCounts(),
    contracts: new Contracts(),
    outsideAnswers: rememberAnswers(),
    parameters: { table: learned, sampler },
    values: new ThreadValueJudge(),
  };
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const thread: ThreadContext = {
    clock,
    requestIds: new RequestIdSource(systemRandom),
    events: new EventRingWriter(birth.eventRing),
    metrics: new CallMetrics(),
    snapshot: compileSnapshot(birth.snapshot, parts),
    upstreams: upstreams.current,
    callsInProgress: 0,
    bodies: new BodyMemory(),
    lateRecords: new LateRecords(),
    strength: new CredentialStrength(systemRandom),
    sampler,
    draining: false,
    eventLoopDelaySeconds: () => {
      const seconds = delay.percentile(99) / 1e9;
      delay.reset();
      return seconds;
    },
  };
  const listener = new Listener(
    thread,
    birth.listen,
    birth.tls,
    new ConnectionGauge(birth.connections, birth.index, birth.listen.limits),
  );

  port.on('message', (message: ToThread) => {
    handle(message).then(
      (report) =>
        post(report === undefined ? { type: 'done', id: message.id } : { type: 'done', id: message.id, report }),
      (error: unknown) =>
        post({ type: 'failed', id: message.id, message: error instanceof Error ? error.message : String(error) }),
    );
  });

  async function handle(message: ToThread) {
    switch (message.type) {
      case 'snapshot':
        upstreams.apply(message.snapshot.configuration.upstreams);
        thread.upstreams = upstreams.current;
        thread.snapshot = compileSnapshot(message.snapshot, parts);
        if (message.tls !== undefined) listener.replaceCertificate(message.tls);
        return undefined;
      case 'credentials':
        credentials.adopt(message.handle);
        return undefined;
      case 'revocations':
        revocations.adopt(message.handle);
        return undefined;
      case 'keySet':
        keySets.publish(message.name, message.keys);
        return undefined;
      case 'keysRefreshed':
        keySets.refreshed(message.name);
        return undefined;
      case 'parameters':
        learned.adopt(message.table);
        return undefined;
      case 'observations':
        handOver();
        return undefined;
      case 'metrics':
        return thread.metrics.report(thread);
      case 'drain':
        await listener.drain(message.deadlineMs);
        return undefined;
    }
  }

  function handOver(): void {
    const calls = sampler.take();
    if (calls.length > 0) post({ type: 'observed', calls });
  }

  function post(message: FromThread): void {
    port.postMessage(message);
  }

  setInterval(handOver, HAND_OVER_MS).unref();
  post({ type: 'listening', port: await listener.listen(birth.listen.port) });
}

await main(workerData as ThreadBirth);
