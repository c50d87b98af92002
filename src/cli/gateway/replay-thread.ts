import { parentPort, workerData } from 'node:worker_threads';
import { DpopNonces } from '../../authn/dpop-nonce.ts';
import { AskCounts } from '../../authz/outside/ask-counts.ts';
import { CredentialIndexWriter, CredentialReader } from '../../crypto/credential-index.ts';
import { createReplayMemory, ReplayGuard } from '../../crypto/replay-memory.ts';
import { RevocationReader, RevocationWriter } from '../../crypto/revocation-memory.ts';
import { systemRandom } from '../../edge/random.ts';
import { createLimitMemory, type LimitMemory } from '../../limit/limit-memory.ts';
import { Comparing, type Comparison } from '../../pipeline/comparison.ts';
import { callsOfPath } from '../../pipeline/replay.ts';
import { compileSnapshot, type SnapshotData } from '../../pipeline/snapshot.ts';
import { openSqliteEventsToRead } from '../../store/sqlite/event-store.ts';

/** What a replay works on: plain data, and the file of the events. */
export interface ReplayOrders {
  readonly eventFile: string;
  readonly data: SnapshotData;
  /** What is in force, which it is compared with. */
  readonly inForce: SnapshotData;
  /** Of the gateway, so that fingerprints are the same; what is counted is counted elsewhere. */
  readonly limitKey: Pick<LimitMemory, 'hashKeyLo' | 'hashKeyHi'>;
  readonly fromMs: number;
  /** Calls from here on count; those before only use up limits. */
  readonly countFromMs: number;
  readonly routeId: string | undefined;
  /** Template of the paths whose calls count; undefined: every path. */
  readonly path: string | undefined;
  /** So many calls are looked at, and no more. */
  readonly callsMax: number;
}

export type FromReplay =
  | { readonly type: 'progress'; readonly calls: number }
  | { readonly type: 'done'; readonly comparison: Comparison };

const PROGRESS_CALLS = 50_000;

/** Reads the stored calls and judges them anew. Cannot write anything but its answer. */
function main(orders: ReplayOrders): void {
  const store = openSqliteEventsToRead(orders.eventFile);
  try {
    const { data, inForce, limitKey } = orders;
    const comparing = new Comparing(
      snapshotOf(data, limitKey),
      (id) => store.profile(id),
      snapshotOf(inForce, limitKey),
      orders.routeId,
    );
    const isOfPath = orders.path === undefined ? () => true : callsOfPath(orders.path);
    let calls = 0;
    for (const event of store.scan(orders.fromMs)) {
      comparing.add(event, event.timeMs >= orders.countFromMs && isOfPath(event));
      if (++calls % PROGRESS_CALLS === 0) post({ type: 'progress', calls });
      if (calls >= orders.callsMax) {
        comparing.stopped();
        break;
      }
    }
    post({ type: 'done', comparison: comparing.report() });
  } finally {
    store.close();
  }
}

/** Every part is empty: nobody is authenticated here, and what limits count is forgotten. */
function snapshotOf(data: SnapshotData, limitKey: ReplayOrders['limitKey']) {
  const key = new Uint8Array(8);
  const view = new DataView(key.buffer);
  view.setInt32(0, limitKey.hashKeyLo, true);
  view.setInt32(4, limitKey.hashKeyHi, true);
  return compileSnapshot(data, {
    credentials: new CredentialReader(new CredentialIndexWriter(systemRandom).handle()),
    limits: createLimitMemory(key),
    keySets: { current: () => undefined, refresh: () => Promise.resolve() },
    revocations: new RevocationReader(new RevocationWriter(systemRandom).handle()),
    replay: new ReplayGuard(createReplayMemory({ entries: 64, startedAtMs: 0 })),
    nonces: new DpopNonces(systemRandom.bytes(32)),
    fetch: () => Promise.reject(new Error('nobody is asked in a replay')),
    ownerDatabases: { ask: () => Promise.reject(new Error('nobody is asked in a replay')) },
    askCounts: new AskCounts(),
    monotonicMs: () => 0,
  });
}

function post(message: FromReplay): void {
  parentPort?.postMessage(message);
}

main(workerData as ReplayOrders);
