import type { DecisionPoint } from '../../admin/authzen.ts';
import { DpopNonces } from '../../authn/dpop-nonce.ts';
import { AskCounts } from '../../authz/outside/ask-counts.ts';
import { CredentialReader } from '../../crypto/credential-index.ts';
import { ReplayGuard } from '../../crypto/replay-memory.ts';
import { RevocationReader } from '../../crypto/revocation-memory.ts';
import { createFetch } from '../../edge/outbound-fetch.ts';
import { ThreadOwnerDatabases } from '../../edge/owner-databases/owner-databases.ts';
import { type AccessAnswer, type AccessQuestion, answerAccessQuestion } from '../../pipeline/access-question.ts';
import {
  compileSnapshot,
  rememberAnswers,
  type Snapshot,
  type SnapshotData,
  type SnapshotParts,
} from '../../pipeline/snapshot.ts';
import type { Clock } from '../../ports.ts';
import type { GatewayState } from './state.ts';

/** Answers applications on the control plane, by the rules the threads judge calls by. */
export class AccessDecisions implements DecisionPoint {
  readonly token: string;
  readonly #clock: Clock;
  readonly #data: () => SnapshotData;
  readonly #parts: SnapshotParts;
  readonly #consumers: GatewayState['consumers'];
  readonly #databases = new ThreadOwnerDatabases();
  /** What was asked for applications; counted beside what the threads ask. */
  readonly counts = new AskCounts();
  #compiled: { readonly from: SnapshotData; readonly snapshot: Snapshot } | undefined;

  constructor(state: GatewayState, clock: Clock, data: () => SnapshotData) {
    this.token = state.decisionToken;
    this.#clock = clock;
    this.#data = data;
    this.#consumers = state.consumers;
    this.#parts = {
      credentials: new CredentialReader(state.index.handle()),
      limits: state.limits,
      // No credential is ever checked here.
      keySets: { current: () => undefined, refresh: () => Promise.resolve() },
      revocations: new RevocationReader(state.revocationIndex.handle()),
      replay: new ReplayGuard(state.replay),
      nonces: new DpopNonces(state.nonceSecret),
      fetch: createFetch(),
      monotonicMs: () => clock.monotonicMicros() / 1_000,
      ownerDatabases: this.#databases,
      askCounts: this.counts,
      outsideAnswers: rememberAnswers(),
    };
  }

  decide(question: AccessQuestion): Promise<AccessAnswer> {
    return answerAccessQuestion(question, this.#snapshot(), this.#clock.nowMs());
  }

  consumer(name: string): ReturnType<DecisionPoint['consumer']> {
    return this.#consumers.find(name);
  }

  #snapshot(): Snapshot {
    const data = this.#data();
    if (this.#compiled?.from === data) return this.#compiled.snapshot;
    const snapshot = compileSnapshot(data, this.#parts);
    this.#compiled = { from: data, snapshot };
    return snapshot;
  }

  close(): Promise<void> {
    return this.#databases.close();
  }
}
