import type { ListenConfig } from '../core/configuration.ts';
import type { CredentialIndexHandle } from '../crypto/credential-index.ts';
import type { ReplayMemory } from '../crypto/replay-memory.ts';
import type { RevocationHandle } from '../crypto/revocation-memory.ts';
import type { ObservedCall } from '../detect/parameters/observation.ts';
import type { LimitMemory } from '../limit/limit-memory.ts';
import type { SnapshotData } from '../pipeline/snapshot.ts';
import type { PublishedKeySet } from '../ports.ts';
import type { CallMetricsReport } from './call-metrics.ts';
import type { TlsMaterial } from './listener.ts';

/** What a data-plane thread is born with. */
export interface ThreadBirth {
  readonly index: number;
  readonly threads: number;
  readonly listen: ListenConfig;
  readonly tls: TlsMaterial | undefined;
  readonly snapshot: SnapshotData;
  readonly credentials: CredentialIndexHandle;
  readonly limits: LimitMemory;
  readonly revocations: RevocationHandle;
  readonly replay: ReplayMemory;
  /** Of the nonces this process gives out (RFC 9449 §8). */
  readonly nonceSecret: Uint8Array;
  /** Keys of issuers by authenticator. */
  readonly keySets: ReadonlyMap<string, PublishedKeySet>;
  /** Shared count of open client connections. */
  readonly connections: SharedArrayBuffer;
  readonly eventRing: SharedArrayBuffer;
  /** What was learned of parameters. */
  readonly parameters: SharedArrayBuffer;
}

export type ToThread =
  | {
      readonly type: 'snapshot';
      readonly id: number;
      readonly snapshot: SnapshotData;
      readonly tls: TlsMaterial | undefined;
    }
  | { readonly type: 'credentials'; readonly id: number; readonly handle: CredentialIndexHandle }
  | { readonly type: 'revocations'; readonly id: number; readonly handle: RevocationHandle }
  | { readonly type: 'keySet'; readonly id: number; readonly name: string; readonly keys: PublishedKeySet }
  /** The answer to `refreshKeys`; whatever was found has been sent before. */
  | { readonly type: 'keysRefreshed'; readonly id: number; readonly name: string }
  | { readonly type: 'parameters'; readonly id: number; readonly table: SharedArrayBuffer }
  /** Hand over what was seen of accepted calls, before the answer. */
  | { readonly type: 'observations'; readonly id: number }
  | { readonly type: 'metrics'; readonly id: number }
  | { readonly type: 'drain'; readonly id: number; readonly deadlineMs: number };

export type FromThread =
  | { readonly type: 'listening'; readonly port: number }
  /** A token names a key that is not there. */
  | { readonly type: 'refreshKeys'; readonly name: string }
  | { readonly type: 'observed'; readonly calls: readonly ObservedCall[] }
  | { readonly type: 'done'; readonly id: number; readonly report?: CallMetricsReport }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };
