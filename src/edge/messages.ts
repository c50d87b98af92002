import type { ListenConfig } from '../core/configuration.ts';
import type { CredentialIndexHandle } from '../crypto/credential-index.ts';
import type { LimitMemory } from '../limit/limit-memory.ts';
import type { SnapshotData } from '../pipeline/snapshot.ts';
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
  /** Shared count of open client connections. */
  readonly connections: SharedArrayBuffer;
  readonly eventRing: SharedArrayBuffer;
}

export type ToThread =
  | {
      readonly type: 'snapshot';
      readonly id: number;
      readonly snapshot: SnapshotData;
      readonly tls: TlsMaterial | undefined;
    }
  | { readonly type: 'credentials'; readonly id: number; readonly handle: CredentialIndexHandle }
  | { readonly type: 'metrics'; readonly id: number }
  | { readonly type: 'drain'; readonly id: number; readonly deadlineMs: number };

export type FromThread =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'done'; readonly id: number; readonly report?: CallMetricsReport }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };
