import { DpopNonces } from '../../authn/dpop-nonce.ts';
import { AskCounts } from '../../authz/outside/ask-counts.ts';
import type { Observation } from '../../core/finding.ts';
import { ISSUER_ENDPOINTS, type IssuerConfig } from '../../core/issuer.ts';
import type { Principal } from '../../core/principal.ts';
import type { Verdict } from '../../core/verdict.ts';
import { CredentialReader } from '../../crypto/credential-index.ts';
import { ReplayGuard } from '../../crypto/replay-memory.ts';
import { RevocationReader } from '../../crypto/revocation-memory.ts';
import { createFetch } from '../../edge/outbound-fetch.ts';
import { toCall } from '../../http/call.ts';
import { EMPTY_BODY } from '../../pipeline/evaluation.ts';
import { compileSnapshot, type Snapshot, type SnapshotData } from '../../pipeline/snapshot.ts';
import type { Clock, PublishedKeySet } from '../../ports.ts';
import type { UsedKey } from '../../tokens/key-usage.ts';
import type { ExchangeCaller } from '../../tokens/oauth/token-exchange.ts';
import type { GatewayState } from './state.ts';

export interface CredentialIdentifierOptions {
  readonly state: GatewayState;
  readonly clock: Clock;
  readonly data: () => SnapshotData;
  readonly keySet: (name: string) => PublishedKeySet | undefined;
  /** Asks an issuer for newer keys. */
  readonly refreshKeys: (name: string) => Promise<void>;
  /** A key whose secret was right was used, though no call of the data plane came with it. */
  readonly keyUsed: (use: UsedKey) => void;
  readonly observe: (observation: Observation) => void;
}

/** Says on the control plane whose a credential is, by the very methods of the data plane. */
export class CredentialIdentifier {
  readonly #options: CredentialIdentifierOptions;
  #compiled: Snapshot | undefined;
  #compiledFrom: SnapshotData | undefined;
  readonly #credentials: CredentialReader;

  constructor(options: CredentialIdentifierOptions) {
    this.#options = options;
    this.#credentials = new CredentialReader(options.state.index.handle());
  }

  /** Undefined where no method of the exchange takes it, or it could not be found out. */
  async identify(
    { exchange }: IssuerConfig,
    kind: 'token' | 'key',
    credential: string,
    caller: ExchangeCaller,
  ): Promise<Principal | undefined> {
    const { clock } = this.#options;
    const snapshot = this.#snapshot();
    for (const name of exchange?.authenticators ?? []) {
      const method = snapshot.methods.get(name);
      const config = snapshot.configuration.authenticators[name];
      if (method === undefined || config === undefined) continue;
      const field = fieldOf(config.type, kind, method.credentialHeaders[0] ?? '', credential);
      if (field === undefined) continue;
      const call = toCall(
        {
          method: 'GET',
          target: '/',
          httpVersion: '1.1',
          rawHeaders: ['host', caller.host, ...field],
          encrypted: snapshot.configuration.listen.tls !== undefined,
          remoteAddress: caller.address,
          peer: undefined,
        },
        snapshot.callPolicy,
        'exchange',
      );
      // What cannot stand in a header field is no credential.
      if (call.fault !== undefined) return undefined;
      const verdict = await method.authenticate(call, clock.nowMs(), EMPTY_BODY);
      if (verdict.kind === 'notApplicable') continue;
      this.#tell(kind, verdict, snapshot.decoys.signals(call), caller);
      const principal = verdict.kind === 'pass' ? verdict.principal : undefined;
      return principal?.method === 'api-key' ? this.#exchangeable(principal) : principal;
    }
    return undefined;
  }

  /**
   * The key, and when it ends; undefined where a token could not be confined as it is: it would lead to the routes, past the
   * limits, and into the networks the key is kept from.
   */
  #exchangeable(principal: Principal): Principal | undefined {
    const index = this.#credentials.lookup(principal.credentialId);
    if (index < 0 || principal.restrictions !== undefined) return undefined;
    if (this.#credentials.grants(this.#credentials.grantsId(index)).allowedCidrs.length > 0) return undefined;
    return { ...principal, expiresAtMs: this.#credentials.expiresAtMs(index) };
  }

  /** What the recorded call, which has the credential in its body, says nothing of: use of a key, and of what was planted. */
  #tell(kind: 'token' | 'key', verdict: Verdict, signals: readonly string[], { address, agent }: ExchangeCaller): void {
    const { state, clock, keyUsed, observe } = this.#options;
    const use = { address, userAgent: agent, routeId: ISSUER_ENDPOINTS, timeMs: clock.nowMs(), requestId: '' };
    const observed = signals.map((signal) => state.honey.judgeSignal(signal, use));
    const credentialId = kind === 'key' ? usedCredential(verdict) : undefined;
    if (credentialId !== undefined) {
      keyUsed({ ...use, credentialId, denied: verdict.kind !== 'pass' });
      observed.push(state.honey.honeyKeyUsed(credentialId, use));
    }
    for (const observation of observed) if (observation !== undefined) observe(observation);
  }

  #snapshot(): Snapshot {
    const { state, clock, data, keySet, refreshKeys } = this.#options;
    const current = data();
    // A table that grew is another one.
    this.#credentials.adopt(state.index.handle());
    if (this.#compiled !== undefined && this.#compiledFrom === current) return this.#compiled;
    this.#compiledFrom = current;
    this.#compiled = compileSnapshot(current, {
      credentials: this.#credentials,
      limits: state.limits,
      keySets: { current: keySet, refresh: refreshKeys },
      revocations: new RevocationReader(state.revocationIndex.handle()),
      replay: new ReplayGuard(state.replay),
      nonces: new DpopNonces(state.nonceSecret),
      fetch: createFetch(),
      monotonicMs: () => clock.monotonicMicros() / 1_000,
      // Only who is calling is asked here.
      ownerDatabases: { ask: () => Promise.resolve({ kind: 'failed', detail: 'nobody is asked here', isDown: false }) },
      askCounts: new AskCounts(),
    });
    return this.#compiled;
  }
}

/** Whose secret was right, whether it was let in or not. */
function usedCredential(verdict: Verdict): string | undefined {
  if (verdict.kind === 'pass') return verdict.principal?.credentialId;
  return verdict.kind === 'deny' ? verdict.credentialId : undefined;
}

function fieldOf(
  type: string,
  kind: 'token' | 'key',
  header: string,
  credential: string,
): [string, string] | undefined {
  if (kind === 'key') return type === 'api-key' ? [header, credential] : undefined;
  return type === 'jwt' || type === 'introspection' ? ['authorization', `Bearer ${credential}`] : undefined;
}
