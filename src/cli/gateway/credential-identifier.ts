import { DpopNonces } from '../../authn/dpop-nonce.ts';
import type { IssuerConfig } from '../../core/issuer.ts';
import type { Principal } from '../../core/principal.ts';
import { CredentialReader } from '../../crypto/credential-index.ts';
import { ReplayGuard } from '../../crypto/replay-memory.ts';
import { RevocationReader } from '../../crypto/revocation-memory.ts';
import { createFetch } from '../../edge/outbound-fetch.ts';
import { toCall } from '../../http/call.ts';
import { EMPTY_BODY } from '../../pipeline/evaluation.ts';
import { compileSnapshot, type Snapshot, type SnapshotData } from '../../pipeline/snapshot.ts';
import type { Clock, PublishedKeySet } from '../../ports.ts';
import type { GatewayState } from './state.ts';

export interface CredentialIdentifierOptions {
  readonly state: GatewayState;
  readonly clock: Clock;
  readonly data: () => SnapshotData;
  readonly keySet: (name: string) => PublishedKeySet | undefined;
  /** Asks an issuer for newer keys. */
  readonly refreshKeys: (name: string) => Promise<void>;
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
    { address, host }: { readonly address: string; readonly host: string },
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
          rawHeaders: ['host', host, ...field],
          encrypted: snapshot.configuration.listen.tls !== undefined,
          remoteAddress: address,
          peer: undefined,
        },
        snapshot.callPolicy,
        'exchange',
      );
      // What cannot stand in a header field is no credential.
      if (call.fault !== undefined) return undefined;
      const verdict = await method.authenticate(call, clock.nowMs(), EMPTY_BODY);
      if (verdict.kind === 'notApplicable') continue;
      // A token could not be confined as the key is: it would lead to the routes, and past the limits, the key is kept from.
      return verdict.kind === 'pass' && verdict.principal?.restrictions === undefined ? verdict.principal : undefined;
    }
    return undefined;
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
    });
    return this.#compiled;
  }
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
