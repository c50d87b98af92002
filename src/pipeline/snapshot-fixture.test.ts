import { randomBytes } from 'node:crypto';
import { DpopNonces } from '../authn/dpop-nonce.ts';
import { AskCounts } from '../authz/outside/ask-counts.ts';
import { CredentialIndexWriter, CredentialReader } from '../crypto/credential-index.ts';
import { createReplayMemory, ReplayGuard } from '../crypto/replay-memory.ts';
import { RevocationReader, RevocationWriter } from '../crypto/revocation-memory.ts';
import { createLimitMemory } from '../limit/limit-memory.ts';
import type { SnapshotParts } from './snapshot.ts';

const random = { bytes: (count: number) => randomBytes(count) };

/** Real parts of a snapshot with nothing in them: no key is known, nothing was revoked or used, no issuer answers. */
export function emptyParts(change: Partial<SnapshotParts> = {}): SnapshotParts {
  return {
    credentials: new CredentialReader(new CredentialIndexWriter(random).handle()),
    limits: createLimitMemory(new Uint8Array(8)),
    keySets: { current: () => undefined, refresh: () => Promise.resolve() },
    revocations: new RevocationReader(new RevocationWriter(random).handle()),
    replay: new ReplayGuard(createReplayMemory({ entries: 1_024, startedAtMs: 0 })),
    nonces: new DpopNonces(randomBytes(32)),
    monotonicMs: () => 0,
    fetch: () => Promise.reject(new Error('nobody is asked here')),
    ownerDatabases: { ask: () => Promise.reject(new Error('nobody is asked here')) },
    askCounts: new AskCounts(),
    ...change,
  };
}
